"""Rows of the sandbox's bill that nobody had to order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from studio.sandbox.account import Charge
from studio.sandbox.server import SandboxServer

KINDS = (
    ("flux", "generate.image", "0.002"), ("openai", "generate.text", "0.00031"),
    ("veo", "generate.image", "0.4"), ("elevenlabs", "generate.audio", "0.0029"),
    ("gptimage", "generate.image", "0.04"), ("claude-large", "generate.text", "0.0121"),
)  # fmt: skip


def fill(server: SandboxServer, times: Sequence[datetime], *, other_key: int = 0) -> list[Charge]:
    """One charge at each time, the kinds in turn; every `other_key`-th was made with another key."""

    def put() -> list[Charge]:
        account = server.service.account
        charges = [_charge(server, number, at, other_key) for number, at in enumerate(sorted(times))]
        account.ledger += charges
        account.ledger.sort(key=lambda charge: charge.at)
        return charges

    return server._on_loop(put)


def _charge(server: SandboxServer, number: int, at: datetime, other_key: int) -> Charge:
    name, kind, price = KINDS[number % len(KINDS)]
    model = server.service.catalogue.find(name)
    elsewhere = other_key and number % other_key == 0
    return Charge(
        at=at.isoformat(), type=kind, model=model.name if model is not None else name, key_id="k_main",
        key_name="Laptop" if elsewhere else "Sandbox", key_type="secret", source="pack",
        cost=Decimal(price) * (1 + number % 3), tier_part=Decimal(0), usage={},
        milliseconds=400 + number % 9000,
    )  # fmt: skip
