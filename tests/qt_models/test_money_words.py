from __future__ import annotations

from decimal import Decimal

from studio.qt_models.money_words import leaves_words
from studio.services.ordering import Quote


def test_what_is_left_of_which_purse() -> None:
    quote = Quote(high=Decimal("0.016"), leaves=Decimal("2.984"), before=Decimal(3))
    assert leaves_words(quote, "pollen") == "Leaves 2.984 of 3.000 pollen"
    key = Quote(high=Decimal(1), leaves=Decimal("0.5"), before=Decimal("1.5"), purse="key")
    assert leaves_words(key, "pollen") == "Leaves 0.500 of 1.500 pollen in the key's budget"
    day = Quote(high=Decimal(1), leaves=Decimal(0), before=Decimal("1.5"), purse="day", queued=Decimal("0.5"))
    assert leaves_words(day, "pollen") == "Leaves 0 of 1.500 pollen in today's budget after the queue"
    assert not leaves_words(Quote(), "pollen")
