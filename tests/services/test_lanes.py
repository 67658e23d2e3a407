"""The lanes: whatever happens in them, the places and the pace are kept, and a wait holds all of a lane."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from studio.services.lanes import MINUTE, STUBBORN, Lane, Lanes, Wait, rate_of


class LaneMachine(RuleBasedStateMachine):
    """A lane with a service that answers, refuses and breaks off as it likes, and a clock that moves on."""

    def __init__(self) -> None:
        super().__init__()
        self.lane = Lane(6, (5, 10.0))
        self.now = 0.0
        self.under_way: list[float] = []
        self.sent: list[float] = []
        self.asked_until = 0.0

    @rule(seconds=st.floats(0.0, 20.0))
    def time_goes_by(self, seconds: float) -> None:
        self.now += seconds

    @precondition(lambda self: self.lane.wait(self.now) is None)
    @rule()
    def send(self) -> None:
        assert self.now >= self.asked_until, "the service asked for more time"
        assert len(self.under_way) < self.lane.places
        assert sum(moment + 10.0 > self.now for moment in self.sent) < 5, "faster than its pace"
        self.lane.sent(self.now)
        self.under_way.append(self.now)
        self.sent.append(self.now)

    @precondition(lambda self: bool(self.under_way))
    @rule()
    def answer(self) -> None:
        places = self.lane.places
        self.under_way.pop()
        self.lane.answered()
        assert places <= self.lane.places <= places + 1

    @precondition(lambda self: bool(self.under_way))
    @rule()
    def break_off(self) -> None:
        self.under_way.pop()
        self.lane.ended()

    @precondition(lambda self: bool(self.under_way))
    @rule(seconds=st.floats(0.0, 30.0))
    def refuse(self, seconds: float) -> None:
        self.lane.refused(self.now, sent_at=self.under_way.pop(), seconds=seconds)
        self.asked_until = max(self.asked_until, self.now + seconds)

    @rule(ceiling=st.integers(1, 8))
    def prefer(self, ceiling: int) -> None:
        self.lane.set_ceiling(ceiling)
        assert self.lane.places <= ceiling

    @invariant()
    def the_count_is_right(self) -> None:
        assert self.lane.under_way == len(self.under_way)
        assert self.lane.places >= 1

    @invariant()
    def what_waits_can_leave_when_it_was_told(self) -> None:
        """No lane is stuck: the moment it names is the moment it opens."""
        wait = self.lane.wait(self.now)
        if wait is not None and wait.until is not None:
            assert wait.until > self.now
            later = self.lane.wait(wait.until)
            assert later is None or later.reason != wait.reason


LaneMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40)
TestLaneMachine = LaneMachine.TestCase


@given(st.integers(1, 16), st.integers(1, 8))
def test_a_burst_that_is_refused_together_halves_once(ceiling: int, refused: int) -> None:
    lane = Lane(ceiling)
    for _ in range(refused):
        lane.sent(1.0)
    for _ in range(refused):
        lane.refused(2.0, sent_at=1.0, seconds=3.0)
    assert lane.places == max(1, ceiling // 2)
    assert lane.refusals == 1
    assert lane.wait(4.9) == Wait("asked", 5.0)
    assert lane.wait(5.0) is None


@given(st.integers(1, 8))
def test_enough_answers_bring_all_places_back(ceiling: int) -> None:
    lane = Lane(ceiling)
    for moment in range(5):
        lane.sent(moment)
        lane.refused(moment + 0.5, sent_at=moment, seconds=0)
    assert lane.places == 1
    for _ in range(ceiling * ceiling):
        lane.sent(10)
        lane.answered()
    assert lane.places == ceiling


@given(st.lists(st.floats(0.0, 5.0), max_size=60), st.floats(0.4, 30.0), st.integers(1, 4))
def test_the_pace_of_a_model_is_kept(pauses: Sequence[float], rpm: float, ceiling: int) -> None:
    """Sending as soon as one may, with any answers in between, no minute holds more than it should."""
    lanes, now, sent = Lanes(ceiling), 0.0, []
    for pause in pauses:
        now += pause
        wait = lanes.wait("key", "flux", now, rpm=rpm)
        if wait is not None:
            assert wait.reason == "rate"
            assert wait.until is not None
            now = wait.until
            assert lanes.wait("key", "flux", now, rpm=rpm) is None
        lanes.sent("key", "flux", now)
        lanes.answered("key", "flux")
        sent.append(now)
    count, seconds = rate_of(rpm) or (1, 0)
    for moment in sent:
        assert sum(other <= moment < other + seconds for other in sent) <= count


def test_a_model_that_is_too_fast_holds_itself_and_a_key_holds_all() -> None:
    lanes = Lanes(3)
    lanes.sent("key", "flux", 0.0)
    lanes.refused("key", "flux", 1.0, sent_at=0.0, seconds=12.0, whole_key=False)
    assert lanes.wait("key", "flux", 2.0) == Wait("asked", 13.0)
    assert lanes.wait("key", "veo", 2.0) is None
    assert lanes.wait("other", "flux", 2.0) is None
    lanes.sent("key", "veo", 3.0)
    lanes.refused("key", "veo", 4.0, sent_at=3.0, seconds=60.0, whole_key=True)
    for model in ("flux", "veo", "openai"):
        assert lanes.wait("key", model, 20.0) == Wait("asked", 64.0)
    assert lanes.of("key").under_way == lanes.of("key", "flux").under_way == 0


def test_the_users_limit_counts_over_all_models() -> None:
    lanes = Lanes(2)
    lanes.sent("key", "flux", 0.0)
    lanes.sent("key", "veo", 0.0)
    assert lanes.wait("key", "openai", 0.0) == Wait("place")
    lanes.set_ceiling(3)
    lanes.sent("key", "", 0.0)
    assert lanes.of("key").under_way == 3, "a model without a name is one of them"
    lanes.ended("key", "")
    assert lanes.wait("key", "openai", 0.0) is None


def test_a_service_that_only_refuses_is_noticed() -> None:
    lanes = Lanes(3)
    now = 0.0
    for number in range(STUBBORN):
        assert not lanes.is_stubborn("key", "flux"), number
        lanes.sent("key", "flux", now)
        lanes.refused("key", "flux", now + 1, sent_at=now, seconds=5, whole_key=False)
        now += 6
    assert lanes.is_stubborn("key", "flux")
    lanes.forgive()
    assert not lanes.is_stubborn("key", "flux")


@pytest.mark.parametrize(
    ("rpm", "rate"), [(None, None), (0, None), (-1, None), (60, (60, MINUTE)), (0.5, (1, 2 * MINUTE))]
)
def test_requests_per_minute(rpm: float | None, rate: tuple[int, float] | None) -> None:
    assert rate_of(rpm) == rate
