"""What an order leaves, in words, the same wherever something is ordered."""

from __future__ import annotations

from studio.core.i18n import tr
from studio.domain.money import pollen
from studio.services.ordering import Quote


def leaves_words(quote: Quote, unit: str) -> str:
    """ "Leaves 2.984 of 3.000 pollen"; which purse it is, where that is not the wallet; "" when unknown.

    Args:
        unit: "pollen" or "sandbox pollen".
    """
    if quote.leaves is None or quote.before is None:
        return ""
    amounts = {"left": pollen(quote.leaves), "before": pollen(quote.before), "unit": unit}
    if quote.purse == "key":
        words = tr("Leaves {left} of {before} {unit} in the key's budget", **amounts)
    elif quote.purse == "day":
        words = tr("Leaves {left} of {before} {unit} in today's budget", **amounts)
    else:
        words = tr("Leaves {left} of {before} {unit}", **amounts)
    return tr("{words} after the queue", words=words) if quote.queued > 0 else words
