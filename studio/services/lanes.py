"""How many requests go out at once, and how fast (CONTRACT 2.1 `per_user_rpm`, 8, 9.2 status 429).

A lane is what one limit of the service counts together: everything of one key, and within it everything on
one model. A refusal for being too fast holds its whole lane for as long as the service asks, and halves the
number of places in it; each answer gives a part of a place back, up to the user's own limit. Pure: seconds of
a clock that the caller reads go in, and nothing waits here.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Literal

WaitReason = Literal["asked", "rate", "place"]

ADDRESS_RATE = (90, 10.0)
"""Requests in seconds that one address may send; the service's limit is 100, and other requests count too."""
MINUTE = 60.5
"""Seconds that a minute's requests stay counted: a request is counted when it arrives, not when it leaves."""
MOST_COUNTED = 4096
STUBBORN = 6
"""Refusals in a row, each after the wait that was asked for, until it is no use to go on."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Why a request does not leave yet.

    Args:
        reason: "asked": the service asked for it; "rate": its requests per minute are used up; "place": as
            many as may be are under way.
        until: when it may leave, in seconds of the caller's clock; None when that depends on others.
    """

    reason: WaitReason
    until: float | None = None


class Lane:
    """One limit: the places in it, the pace, and what the service asked for.

    Args:
        ceiling: the most that may be under way at once.
        rate: requests that may leave within so many seconds; None for any number.
    """

    def __init__(self, ceiling: int, rate: tuple[int, float] | None = None) -> None:
        self.rate = rate
        self.under_way = 0
        self.refusals = 0
        self._ceiling = max(1, ceiling)
        self._window = float(self._ceiling)
        self._sent: deque[float] = deque(maxlen=MOST_COUNTED)
        self._held_until = float("-inf")
        self._halved_at = float("-inf")

    @property
    def places(self) -> int:
        """How many requests may be under way now."""
        return max(1, int(self._window))

    @property
    def held_until(self) -> float:
        """When the wait is over that the service asked for last."""
        return self._held_until

    def set_ceiling(self, ceiling: int) -> None:
        """Another limit of the user's; a lane that was at the old one follows it up."""
        was_full = self._window >= self._ceiling
        self._ceiling = max(1, ceiling)
        self._window = float(self._ceiling) if was_full else min(self._window, float(self._ceiling))

    def wait(self, now: float) -> Wait | None:
        """Why a request may not leave now; None when it may."""
        if now < self._held_until:
            return Wait("asked", self._held_until)
        if self.under_way >= self.places:
            return Wait("place")
        free_at = self._free_at(now)
        return Wait("rate", free_at) if free_at > now else None

    def _free_at(self, now: float) -> float:
        if self.rate is None:
            return now
        count, seconds = self.rate
        return self._sent[-count] + seconds if len(self._sent) >= count else now

    def sent(self, now: float) -> None:
        """A request leaves."""
        self.under_way += 1
        self._sent.append(now)

    def answered(self) -> None:
        """The service did the work: one more place for each full round."""
        self.ended()
        self.refusals = 0
        self._window = min(float(self._ceiling), self._window + 1 / self._window)

    def ended(self) -> None:
        """The request is over, and says nothing about the pace."""
        self.under_way = max(0, self.under_way - 1)

    def refused(self, now: float, *, sent_at: float, seconds: float) -> None:
        """The service refused a request for being one too many.

        Args:
            sent_at: when it left; several of one burst that are refused together count as one refusal.
            seconds: how long the service asks to wait.
        """
        self.ended()
        self._held_until = max(self._held_until, now + max(0.0, seconds))
        if sent_at > self._halved_at:
            self._halved_at = now
            self._window = max(1.0, self._window / 2)
            self.refusals += 1


class Lanes:
    """The lanes of everything that is sent: one per key, one per model on that key.

    Args:
        ceiling: the user's own limit on requests at once.
    """

    def __init__(self, ceiling: int) -> None:
        self._ceiling = ceiling
        self._lanes: dict[tuple[str, str | None], Lane] = {}

    @property
    def ceiling(self) -> int:
        return self._ceiling

    def set_ceiling(self, ceiling: int) -> None:
        """Another limit of the user's."""
        self._ceiling = ceiling
        for lane in self._lanes.values():
            lane.set_ceiling(ceiling)

    def wait(self, key: str, model: str, now: float, *, rpm: float | None = None) -> Wait | None:
        """Why a request on `model` may not leave now; None when it may.

        Args:
            key: whose requests are counted together.
            rpm: requests per minute that the service allows each user on the model, if it says so.
        """
        lane = self.of(key, model)
        lane.rate = rate_of(rpm)
        waits = [wait for wait in (self.of(key).wait(now), lane.wait(now)) if wait is not None]
        return max(waits, key=_weight, default=None)

    def of(self, key: str, model: str | None = None) -> Lane:
        """The lane of a key, or of one model on it."""
        lane = self._lanes.get((key, model))
        if lane is None:
            lane = Lane(self._ceiling, ADDRESS_RATE if model is None else None)
            self._lanes[key, model] = lane
        return lane

    def sent(self, key: str, model: str, now: float) -> None:
        """A request on `model` leaves."""
        self.of(key).sent(now)
        self.of(key, model).sent(now)

    def answered(self, key: str, model: str) -> None:
        """It was answered with what was asked for."""
        self.of(key).answered()
        self.of(key, model).answered()

    def ended(self, key: str, model: str) -> None:
        """It is over without telling anything about the pace."""
        self.of(key).ended()
        self.of(key, model).ended()

    def refused(
        self, key: str, model: str, now: float, *, sent_at: float, seconds: float, whole_key: bool
    ) -> None:
        """It was refused for being one too many.

        Args:
            whole_key: the limit is one of the key or the address, not of the model.
        """
        if whole_key:
            self.of(key).refused(now, sent_at=sent_at, seconds=seconds)
            self.of(key, model).ended()
        else:
            self.of(key, model).refused(now, sent_at=sent_at, seconds=seconds)
            self.of(key).ended()

    def is_stubborn(self, key: str, model: str) -> bool:
        """Whether the service keeps refusing although it was given the time it asked for."""
        return max(self.of(key).refusals, self.of(key, model).refusals) >= STUBBORN

    def forgive(self) -> None:
        """The user wants another try: refusals are counted anew."""
        for lane in self._lanes.values():
            lane.refusals = 0


def rate_of(rpm: float | None) -> tuple[int, float] | None:
    """Requests within seconds, from requests per minute; less than one a minute is one in a longer time."""
    if rpm is None or rpm <= 0:
        return None
    return (int(rpm), MINUTE) if rpm >= 1 else (1, MINUTE / rpm)


def _weight(wait: Wait) -> tuple[bool, float]:
    """What is known to last comes before what may end at any moment."""
    return wait.until is not None, wait.until or 0.0
