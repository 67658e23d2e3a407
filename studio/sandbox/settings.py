"""How one sandbox is set up."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Literal

Era = Literal["seed", "current"]

MAIN_KEY = "sk_sandboxMain7Qx3kV9dWm2Zr7TtYb1L"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be chosen when a sandbox starts.

    `speed` is a factor of time: 1 works as long as a real service would be believed to, 0 answers at once.
    `limits` switches the rate limits on (CONTRACT 9.2, status 429); without it only faults bring them.
    """

    era: Era = "current"
    state: Path | None = None
    key: str = MAIN_KEY
    balance: Decimal = Decimal(10)
    speed: float = 1.0
    limits: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where the four hosts of the service are reached on the one port."""

    base_url: str

    @property
    def enter_url(self) -> str:
        return f"{self.base_url}/enter"

    @property
    def media_url(self) -> str:
        return f"{self.base_url}/media-host"

    @property
    def legacy_url(self) -> str:
        return f"{self.base_url}/legacy"
