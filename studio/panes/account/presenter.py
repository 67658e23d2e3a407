"""State and commands of the Account pane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Signal

from studio.core.clock import steady
from studio.core.errors import StorageError
from studio.core.i18n import tr, trn
from studio.domain.account import KeyInfo
from studio.domain.money import pollen
from studio.qt_models.bridge import bridge
from studio.services.account import AccountState, KeySource
from studio.services.session import SessionState
from studio.ui.moments import ago, calendar_day, span

if TYPE_CHECKING:
    from studio.domain.job import Job
    from studio.services.context import Services

Standing = Literal["signed_out", "connecting", "offline", "rejected", "sandbox", "signed_in"]
"""signed_in: the real service; sandbox: pretend pollen; rejected: the key is refused; offline: a service is
chosen but does not answer; signed_out: no key."""

UNKNOWN = "–"
_PERMISSIONS = {
    "profile": tr("see your profile"),
    "usage": tr("see the wallet and usage"),
    "keys": tr("manage keys"),
}
_KEPT = {
    KeySource.KEYRING: tr("in the system keyring"),
    KeySource.MEMORY: tr("in memory, until Nectary ends"),
    KeySource.FILE: tr("in a file, behind your passphrase"),
    KeySource.ENVIRONMENT: tr("in the environment (POLLINATIONS_API_KEY)"),
    KeySource.SANDBOX: tr("in the sandbox alone"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One figure: what it is, how much, and where that comes from and how old it is."""

    title: str
    figure: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Everything the top of the pane shows.

    Args:
        tiles: you can spend, this key's budget, wallet; without today's spending, which is the ledger's.
        facts: of the key, name and value.
    """

    standing: Standing
    who: str = ""
    line: str = ""
    tiles: tuple[Tile, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    problem: str = ""
    checking: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TodayPage:
    """What this program spent on this local day, by its own records.

    Args:
        day_budget: None when there is none. `largest_batch`: of those begun in this session.
    """

    today: Decimal = Decimal(0)
    requests: int = 0
    day_budget: Decimal | None = None
    largest_batch: Decimal = Decimal(0)


class AccountPresenter(QObject):
    """Puts account, session and ledger into words."""

    page_changed = Signal(object)
    """A `Page`."""
    today_changed = Signal(object)
    """A `TodayPage`."""
    spent = Signal()
    """Something was paid for, or another day began: sums are to be read again."""
    payer_changed = Signal()
    """Another account or another service: what was read of the last one must not stay."""

    def __init__(self, services: Services, parent: QObject) -> None:
        super().__init__(parent)
        self._services = services
        self._day = date.min
        self._payer = ("", "")
        bridge(services.account.changed, self._tell, self)
        bridge(services.session.changed, self._session_changed, self)
        bridge(services.jobs.finished, self._job_finished, self)
        bridge(services.settings.changed, self._read_today, self)

    def start(self) -> None:
        """Show what is known and read the ledger."""
        self._tell()
        self._read_today()

    def stop(self) -> None:
        self._services.tasks.cancel_owner(self)

    def refresh(self) -> None:
        """Ask the service again, and the ledger."""
        self._services.tasks.spawn(
            self._services.session.refresh(), name="refresh the account", owner=self, group="refresh"
        )
        self._read_today()

    @property
    def account(self) -> str:
        """The account in use."""
        return self._services.account.state.account

    @property
    def accounts(self) -> list[str]:
        """All with a key in the keyring."""
        return self._services.settings.values.connection.accounts.splitlines()

    def tick(self) -> None:
        """Time went by: ages and the expiry are said anew; at midnight, or when the clock was set to another
        day or zone, sums too."""
        self._tell()
        if self._day != datetime.now().astimezone().date():
            self._read_today()
            self.spent.emit()

    def _job_finished(self, _job: Job) -> None:
        self._read_today()
        self.spent.emit()

    # ------------------------------------------------------------------ telling

    def _session_changed(self, _state: SessionState) -> None:
        self._tell()
        self._read_today()
        self.spent.emit()

    def _tell(self, _value: object = None) -> None:
        payer = (self._services.session.state.mode, self.account)
        if payer != self._payer:
            self._payer = payer
            self.payer_changed.emit()
        self.page_changed.emit(
            make_page(self._services.account.state, self._services.session.state, datetime.now(UTC))
        )

    def _read_today(self, _value: object = None) -> None:
        self._services.tasks.spawn(self._today(), name="today's spending", owner=self, group="today")

    async def _today(self) -> None:
        self._day = datetime.now().astimezone().date()
        pretend = self._services.session.state.is_sandbox
        try:
            found = await self._services.profile.spending(since=self._day.isoformat(), sandbox=pretend)
        except StorageError:
            return  # the profile is being closed; there is nobody left to show it to
        budget = self._services.settings.values.money.day_budget
        self.today_changed.emit(
            TodayPage(
                today=sum((line.amount for line in found), Decimal(0)),
                requests=sum(line.entries for line in found),
                day_budget=Decimal(str(budget)) if budget else None,
                largest_batch=largest_batch(self._services.jobs.all()),
            )
        )


# ---------------------------------------------------------------- words


def standing_of(account: AccountState, session: SessionState) -> Standing:
    """Which of the pane's states holds."""
    if session.connecting:
        return "connecting"
    if account.rejected:
        return "rejected"
    if session.mode == "sandbox":
        return "sandbox" if account.signed_in else "offline"
    if session.mode != "cloud" or not account.signed_in:
        return "signed_out"
    return "signed_in" if session.online else "offline"


def make_page(account: AccountState, session: SessionState, now: datetime) -> Page:
    """What the pane shows for these states."""
    standing = standing_of(account, session)
    if standing in ("signed_out", "connecting"):
        return Page(standing=standing, checking=session.connecting)
    profile = account.profile
    handle = profile.github_username if profile else ""
    who = (profile.name if profile else "") or handle or (account.key.name if account.key else "")
    about = [
        handle if handle != who else "",
        profile.tier if profile else "",
        expiry_words(_left(account, now)),
    ]
    return Page(
        standing=standing,
        who=tr("Sandbox") if standing == "sandbox" else who or tr("Your key"),
        line=" · ".join(part for part in about if part),
        tiles=_tiles(account, now),
        facts=_facts(account, now),
        problem=session.problem,
        checking=account.checking,
    )


def _tiles(account: AccountState, now: datetime) -> tuple[Tile, ...]:
    asked = account.balance_at or account.checked_at
    age = ago(asked, now) if asked else tr("not asked yet")
    balance, key = account.balance, account.key
    budget = key.pollen_budget if key else None
    wallet = balance.account_total if balance else None
    if wallet is None and balance is not None and budget is None:
        wallet = balance.balance
    can_spend = account.spendable
    source = tr("this key may not see it") if can_spend is None else tr("from your wallet")
    if can_spend is not None and budget is not None:
        source = tr("the smaller of the two") if wallet is not None else tr("what this key has left")
    return (
        Tile(title=tr("You can spend"), figure=_amount(can_spend), note=f"{source} · {age}"),
        Tile(
            title=tr("This key's budget"),
            figure=_amount(budget) if budget is not None else tr("No limit"),
            note=_until(key, account.checked_at) if budget is not None else tr("it spends from the wallet"),
        ),
        Tile(title=tr("Wallet"), figure=_amount(wallet), note=_wallet_note(account, wallet, now)),
    )


def _wallet_note(account: AccountState, wallet: Decimal | None, now: datetime) -> str:
    if wallet is None or account.balance is None:
        return tr("this key may not see it")
    parts: list[str] = []
    if account.balance.account_free is not None:
        parts.append(tr("free {amount}", amount=pollen(account.balance.account_free)))
    if account.balance.account_paid is not None:
        parts.append(tr("paid {amount}", amount=pollen(account.balance.account_paid)))
    reset = account.profile.next_reset_at if account.profile else None
    if reset is not None and reset > now:
        parts.append(tr("refills in {span}", span=span((reset - now).total_seconds())))
    return " · ".join(parts) or tr("all that is in the account")


def key_facts(
    key: KeyInfo, asked: datetime | None, now: datetime, *, left: float | None = None
) -> list[tuple[str, str]]:
    """What a key is and may do, name and value.

    Args:
        asked: when the service told it. `left`: seconds it is good for, where a better clock counted them.
    """
    kinds = {"secret": tr("secret"), "publishable": tr("publishable, meant for web pages")}
    end = expires_at(key, asked)
    if left is None and end is not None:
        left = (end - now).total_seconds()
    may = [_PERMISSIONS.get(name, name) for name in key.permissions]
    return [
        (tr("Name"), key.name or tr("without a name")),
        (tr("Kind"), kinds.get(key.type, key.type or UNKNOWN)),
        (tr("May"), ", ".join([tr("make things"), *may])),
        (tr("Models"), tr("all") if key.models is None else ", ".join(key.models) or tr("none")),
        (tr("Expires"), expiry_words(left, bare=True) or tr("never")),
    ]


def _facts(account: AccountState, now: datetime) -> tuple[tuple[str, str], ...]:
    facts = (
        key_facts(account.key, account.checked_at, now, left=_left(account, now))
        if account.key is not None
        else []
    )
    return (*facts, (tr("Kept"), kept_words(account.source)))


def kept_words(source: KeySource) -> str:
    """Where the key in use lies."""
    return _KEPT.get(source, UNKNOWN)


def expires_at(key: KeyInfo | None, asked: datetime | None) -> datetime | None:
    """When the key ends: as the service says, or counted from the answer."""
    if key is None:
        return None
    if key.expires_at is not None:
        return key.expires_at
    if key.expires_in is not None and asked is not None:
        return asked + timedelta(seconds=key.expires_in)
    return None


def key_lives(key: KeyInfo | None, now: datetime) -> str:
    """What becomes of a key at the service when it is given up here."""
    end = expires_at(key, now)
    if end is None:
        return tr("The key stays valid at the service until you revoke it there.")
    if end <= now:
        return tr("The key has expired, so nobody can use it any more.")
    left = span((end - now).total_seconds())
    return tr("The key stays valid at the service for {left}, or until you revoke it there.", left=left)


def expiry_words(left: float | None, *, bare: bool = False) -> str:
    """When a key ends that is good for `left` more seconds; "" when it has no end."""
    if left is None:
        return ""
    if left <= 0:
        return tr("expired") if bare else tr("key expired")
    return tr("in {span}", span=span(left)) if bare else tr("key expires in {span}", span=span(left))


def _left(account: AccountState, now: datetime) -> float | None:
    """Seconds the key is good for, by a clock that nobody sets where the service counts them."""
    if not account.checked_steady:
        end = expires_at(account.key, account.checked_at)
        return None if end is None else (end - now).total_seconds()
    return account.seconds_left(now, steady())


def _until(key: KeyInfo | None, asked: datetime | None) -> str:
    end = expires_at(key, asked)
    if end is None:
        return tr("what is left of it")
    local = end.astimezone().date()
    return tr("until {day}", day=calendar_day(local, datetime.now().astimezone().date()))


def _amount(amount: Decimal | None) -> str:
    return pollen(amount) if amount is not None else UNKNOWN


def largest_batch(jobs: Sequence[Job]) -> Decimal:
    """What the dearest batch of these jobs costs: as billed, or as estimated until then."""
    sums: dict[str, Decimal] = {}
    for job in jobs:
        amount = job.cost if job.cost is not None else job.estimate
        sums[job.batch] = sums.get(job.batch, Decimal(0)) + (amount or Decimal(0))
    return max(sums.values(), default=Decimal(0))


def today_tile(page: TodayPage) -> Tile:
    """What this program spent today."""
    note = trn("{n} request", "{n} requests", page.requests)
    if page.day_budget is not None:
        note = tr("{note} · limit {amount} a day", note=note, amount=pollen(page.day_budget))
    return Tile(title=tr("Today, here"), figure=pollen(page.today), note=note)
