"""Pictures of the first run and of a lost network, for `scripts.screenshots`."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QSize

from scripts.audio_pictures import until
from studio.domain.image import ImageRequest
from studio.panes.create.view import CreateView
from studio.shell.job_tray import JobTray
from studio.shell.tour import Tour, steps
from studio.ui.dialogs import Sheet
from studio.ui.widgets.popover import Menu

if TYPE_CHECKING:
    from scripts.screenshots import Photographer

USUAL, SMALL, LEAST = QSize(1440, 900), QSize(1280, 800), QSize(1000, 700)


async def first_run_pictures(p: Photographer) -> None:
    """The tour, the Help menu, what this is; without a network the banner and what waits in the tray."""
    await tour_pictures(p)
    await help_pictures(p)
    await offline_pictures(p)


async def tour_pictures(p: Photographer) -> None:
    """Each step of the tour."""
    p.window.open_pane("create")
    p.clear_notices()
    p.window.open_tour()
    tour = cast("Tour", p.overlay())
    await p.both("tour")
    for number in range(2, len(steps()) + 1):
        tour.go(+1)
        await p.shoot(f"tour-{number}-light")
    tour.go(-3)
    await p.shoot("tour-150", scale=1.5, size=SMALL)
    await p.shoot("tour-small", size=LEAST, dark=True)
    tour.go(-1)
    await p.shoot("tour-small-2", size=LEAST)
    tour.dismiss()


async def help_pictures(p: Photographer) -> None:
    """The Help menu, and the sheet that says what this program is."""
    p.window.resize(USUAL)
    p.window.top_bar.help.click()
    menu = next(menu for menu in p.window.findChildren(Menu) if menu.isVisible())
    await p.settle()
    p.folder.mkdir(parents=True, exist_ok=True)
    menu.grab().save(str(p.folder / "help-menu-light.png"))
    menu.close()
    p.window.run("help.about")
    await until(lambda: p.shows(Sheet))
    await p.both("about")
    p.overlay().dismiss()


async def offline_pictures(p: Photographer) -> None:
    """The banner and the outbox."""
    services = p.services
    p.window.open_pane("create")
    p.clear_notices()
    view = cast("CreateView", p.window.pane("create"))
    view.form.prompt.set_text("A lighthouse on a basalt cliff at dusk")
    services.session.mark_away("The service does not answer.")
    for prompt, count in (("A lighthouse on a basalt cliff at dusk", 4), ("Dunes under a pale sun", 1)):
        plan = services.create.plan(ImageRequest(prompt=prompt, model="flux", seed=7), count)
        await services.create.submit(plan)
    await p.settle()
    await p.both("offline")
    p.window.top_bar.open_jobs()
    await until(lambda: p.shows(JobTray))
    await p.both("outbox")
    await p.shoot("outbox-150", scale=1.5, size=SMALL)
    p.overlay().dismiss()
    await services.jobs.cancel([job.id for job in services.jobs.kept()])
    await services.session.refresh()
    p.theme.set_font_scale(1.0)
    p.theme.set_mode("light")
