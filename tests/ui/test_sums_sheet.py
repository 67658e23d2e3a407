"""What was spent: real and pretend pollen apart, each line a way to what it was spent on."""

from __future__ import annotations

import asyncio
from decimal import Decimal

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from studio.domain.library import Sum, Sums
from studio.ui.sums_sheet import money, show_sums
from studio.ui.widgets.buttons import TabButton
from tests.ui.test_dialogs import Window, shown


async def test_a_line_is_a_way_on(qapp) -> None:
    flux = Sum(value="flux", label="flux", count=3, cost=Decimal("0.3"), sandbox_cost=Decimal("0.1"))
    day = Sum(value="2026-11-05", label="2026-11-05", count=3, cost=Decimal("0.3"))
    assert money(flux) == "0.200 pollen · 0.100 sandbox pollen"
    async with Window() as window:
        task = asyncio.ensure_future(
            show_sums(window, Sums(total=flux, models=(flux,), days=(day,)), str.upper)
        )
        sheet = await shown(window)
        lines = {line.accessibleName(): line for line in sheet.findChildren(TabButton)}
        assert len(lines) == 2
        line = lines["FLUX: 0.200 pollen · 0.100 sandbox pollen"]
        QTest.mouseClick(line, Qt.MouseButton.LeftButton)
        assert await task == ("model", "flux")
        task = asyncio.ensure_future(show_sums(window, Sums(total=Sum(value="", label="", count=0)), str))
        sheet = await shown(window)
        sheet.dismiss()
        assert await task is None
