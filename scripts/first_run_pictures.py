"""Pictures of the first run and of a lost network, for `scripts.screenshots`."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QSize

from scripts.audio_pictures import until
from studio.domain.image import ImageRequest
from studio.panes.create.view import CreateView
from studio.shell.job_tray import JobTray

if TYPE_CHECKING:
    from scripts.screenshots import Photographer

SMALL, LEAST = QSize(1280, 800), QSize(1000, 700)


async def first_run_pictures(p: Photographer) -> None:
    """Without a network: the banner, what waits in the tray."""
    await offline_pictures(p)


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
