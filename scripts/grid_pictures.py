"""Pictures of grids, for `scripts.screenshots`."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QSize

from scripts.audio_pictures import until
from studio.panes.create.grid_sheet import GridSheet
from studio.panes.create.view import CreateView
from studio.ui.grid_view import GridView

if TYPE_CHECKING:
    from scripts.screenshots import Photographer

LARGE, SMALL = QSize(2560, 1440), QSize(1280, 800)
CHOSEN = ("FLUX.1 Schnell", "Z-Image Turbo", "GPT Image 2.5 Flare")


async def grid_pictures(p: Photographer) -> None:
    """The sheet, the table while it fills and when it is full, and with cells that are missing."""
    p.window.open_pane("create")
    p.clear_notices()
    view = cast("CreateView", p.window.pane("create"))
    view.form.kind.part("image").click()
    view.form.edit(style="")
    view.form.prompt.set_text("A lighthouse on a basalt cliff at {dawn|noon|dusk}")
    await p.settle()
    view.act("grid")
    await until(lambda: p.has_overlay() and isinstance(p.overlay(), GridSheet))
    sheet = cast("GridSheet", p.overlay())
    for choice, box, _row in sheet.across.listed_rows():
        box.setChecked(choice.label in CHOSEN)
    sheet.down.show_parameter("quality")
    sheet.judge()
    await p.shoot("grid-sheet-light")
    sheet.down.show_parameter("choice:0")
    sheet.judge()
    await p.shoot("grid-sheet-dark", dark=True)
    await p.shoot("grid-sheet-150", scale=1.5, size=SMALL)
    sheet.make.click()
    await until(lambda: isinstance(p.overlay(), GridView))
    await p.shoot("grid-running-light")
    await until(lambda: not p.services.jobs.active())
    await p.both("grid")
    await p.shoot("grid-large", size=LARGE)
    table = cast("GridView", p.overlay())
    ids = [state.row.id for state in table.model.states if state.row is not None]
    await p.services.library.trash(ids[1:4:2])
    await p.settle()
    await p.over("grid-missing-dark", dark=True)
    await p.services.library.restore(ids[1:4:2])
