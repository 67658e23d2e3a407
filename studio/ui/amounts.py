"""Amounts in words."""

from __future__ import annotations

from studio.core.i18n import number


def file_size(size: int) -> str:
    """Bytes in words.

    >>> file_size(340), file_size(1500), file_size(34_000), file_size(12_345_678)
    ('340 B', '1.5 kB', '34 kB', '12 MB')
    """
    if size < 1000:
        return f"{size} B"
    units = ["GB", "MB", "kB"]
    amount = size / 1000
    # What would be rounded to 1000 is one of the next unit.
    while amount >= 999.5 and len(units) > 1:
        amount /= 1000
        units.pop()
    unit = units[-1]
    return f"{number(amount, 0 if amount >= 9.95 else 1)} {unit}"
