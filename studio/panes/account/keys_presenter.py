"""State and commands of the Keys page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Signal

from studio.core.errors import StudioError
from studio.core.i18n import tr, trn
from studio.core.secrets import Secret
from studio.domain.account import ApiKey, KeyRequest, NewKey
from studio.domain.money import pollen
from studio.panes.account.presenter import UNKNOWN, standing_of
from studio.qt_models.bridge import bridge
from studio.services.keys import KeyBook, KeysForbiddenError, ListedKey, is_publishable
from studio.services.notices import Severity
from studio.ui.moments import ago, calendar_day, span
from studio.ui.widgets.options import Option

if TYPE_CHECKING:
    from collections.abc import Callable

    from studio.services.context import Services

KeysStanding = Literal["signed_out", "rejected", "offline", "forbidden", "loading", "failed", "ready"]
"""forbidden: the key in use may not manage keys; failed: the service said something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysPage:
    """What the page shows. `keys` may be of a while ago: then `problem` says why."""

    standing: KeysStanding
    keys: tuple[ListedKey, ...] = ()
    problem: str = ""
    asking: bool = False


class KeysPresenter(QObject):
    """Reads the keys when the page is opened, not before: nothing else of the program needs them."""

    changed = Signal(object)
    """A `KeysPage`."""

    def __init__(self, services: Services, parent: QObject) -> None:
        super().__init__(parent)
        self._services = services
        self._book = KeyBook(services.account, services.session)
        self._keys: tuple[ListedKey, ...] | None = None
        self._problem: StudioError | None = None
        self._asking = False
        self._shown = False
        self._payer = self._who()
        bridge(services.account.changed, self._world_changed, self)
        bridge(services.session.changed, self._world_changed, self)

    def open(self) -> None:
        """The page is looked at."""
        self._shown = True
        self._tell()
        self._read_if_missing()

    def leave(self) -> None:
        """The page is not looked at any more."""
        self._shown = False

    def stop(self) -> None:
        self._services.tasks.cancel_owner(self)

    def refresh(self) -> None:
        """Ask the service again."""
        self._asking = True
        self._tell()
        self._services.tasks.spawn(self._read(), name="keys", owner=self, group="read")

    async def make(self, request: KeyRequest) -> NewKey:
        """Make a key and list anew.

        Raises:
            StudioError: why there is none.
        """
        made = await self._book.create(request)
        self.refresh()
        return made

    async def revoke(self, listed: ListedKey) -> None:
        """Revoke a key, list anew, and tell how it went."""
        name = listed.key.name or tr("without a name")
        try:
            await self._book.revoke(listed)
        except StudioError as error:
            self._services.notices.report(error)
        else:
            self._services.notices.tell(
                tr("{name} is revoked.", name=name), severity=Severity.SUCCESS, topic="revoke"
            )
        self.refresh()

    def models(self) -> list[Option]:
        """What a key can be limited to."""
        found = [
            Option(model.name, model.title or model.name, keywords=" ".join(model.aliases))
            for model in self._services.catalogue.models
        ]
        return sorted(found, key=lambda option: option.label.lower())

    def title(self, model: str) -> str:
        """A model's name for people."""
        return self._services.catalogue.title(model)

    # ------------------------------------------------------------------ reading

    def _who(self) -> tuple[str, Secret | None]:
        # Another key of the same account is another one in use, and may see more or less.
        return self._services.session.state.mode, self._services.account.current_key()

    def _world_changed(self, _value: object = None) -> None:
        if self._who() != self._payer:
            self._payer = self._who()
            self._services.tasks.cancel_owner(self)
            self._keys, self._problem, self._asking = None, None, False
        self._tell()
        self._read_if_missing()

    def _read_if_missing(self) -> None:
        if self._shown and self._keys is None and not self._asking and self._reachable() == "ready":
            self.refresh()

    async def _read(self) -> None:
        try:
            self._keys, self._problem = await self._book.all(), None
        except StudioError as error:
            self._problem = error
        finally:
            self._asking = False
        self._tell()

    def _reachable(self) -> KeysStanding:
        services = self._services
        standing = standing_of(services.account.state, services.session.state)
        if standing == "connecting" or (standing != "signed_out" and services.account.state.checking):
            # What the key may do is asked right now.
            return "loading" if services.account.state.key is None else "ready"
        if standing in ("signed_out", "rejected", "offline"):
            return standing
        if services.account.state.key is None:
            return "offline"
        return "ready" if self._book.allowed else "forbidden"

    def _tell(self) -> None:
        standing = self._reachable()
        problem = str(self._problem) if self._problem is not None else ""
        if standing == "ready":
            if isinstance(self._problem, KeysForbiddenError):
                standing = "forbidden"
            elif self._keys is None:
                standing = "failed" if self._problem is not None else "loading"
        if standing == "offline":
            problem = tr("The service does not answer. The list may be out of date.")
        keys = self._keys if standing in ("ready", "offline") else None
        self.changed.emit(KeysPage(standing=standing, keys=keys or (), problem=problem, asking=self._asking))


# ---------------------------------------------------------------- words


def name_of(listed: ListedKey) -> str:
    """What a key is called, and that it is the one in use."""
    name = listed.key.name or tr("without a name")
    return tr("{name} · in use here", name=name) if listed.own else name


def has_ended(key: ApiKey, now: datetime) -> bool:
    """Whether it works no more."""
    return not key.enabled or (key.expires_at is not None and key.expires_at <= now)


def cell(listed: ListedKey, column: int, now: datetime) -> str:
    """The text of one cell: name, kind, last use, expiry, budget."""
    key = listed.key
    if column == 0:
        return name_of(listed)
    if column == 1:
        return tr("web pages") if is_publishable(key) else tr("secret")
    if column == 2:
        return tr("never") if key.last_request is None else ago(key.last_request, now)
    if column == 3:
        return _end(key, now)
    if is_publishable(key):
        return UNKNOWN
    return tr("the wallet") if key.pollen_balance is None else pollen(key.pollen_balance)


def _end(key: ApiKey, now: datetime) -> str:
    if not key.enabled:
        return tr("switched off")
    if key.expires_at is None:
        return tr("never")
    if key.expires_at <= now:
        return tr("expired")
    return tr("in {span}", span=span((key.expires_at - now).total_seconds()))


def facts(listed: ListedKey, now: datetime, title: Callable[[str], str]) -> list[tuple[str, str]]:
    """Everything the service tells of a key, name and value."""
    key = listed.key
    may = {
        "profile": tr("see the profile"),
        "usage": tr("see the wallet and usage"),
        "keys": tr("manage keys"),
    }
    permissions = [may.get(name, name) for name in key.permissions]
    models = (
        tr("all") if key.models is None else ", ".join(title(name) for name in key.models) or tr("no model")
    )
    rows = [
        (tr("Begins with"), f"{key.start}…" if key.start else UNKNOWN),
        (tr("May do"), ", ".join([tr("make things"), *permissions])),
        (tr("Models"), models),
        (tr("Made"), _made(key, now)),
        (tr("Expires"), _expires(key, now)),
    ]
    if key.redirect_uris:
        rows.append((tr("Returns to"), ", ".join(key.redirect_uris)))
    return rows


def _made(key: ApiKey, now: datetime) -> str:
    if key.created_at is None:
        return UNKNOWN
    day = calendar_day(key.created_at.astimezone().date(), now.astimezone().date())
    ways = {
        "redirect-auth": tr("by signing in"), "device-auth": tr("by signing in with a code"),
        "dashboard": tr("on the site"), "api": tr("by a program"),
    }  # fmt: skip
    via = ways.get(key.created_via, "")
    return f"{day}, {via}" if via else day


def _expires(key: ApiKey, now: datetime) -> str:
    if key.expires_at is None or not key.enabled:
        return _end(key, now)
    day = calendar_day(key.expires_at.astimezone().date(), now.astimezone().date())
    return tr("{day}, {left}", day=day, left=_end(key, now))


def count_words(keys: Sequence[ListedKey], shown: int) -> str:
    """How many there are, and how many of them are found."""
    if shown != len(keys):
        return tr("{n} of {all}", n=shown, all=len(keys))
    return trn("{n} key", "{n} keys", len(keys))


def now() -> datetime:
    """The time to count from."""
    return datetime.now(UTC)
