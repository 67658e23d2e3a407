"""Pictures of the legacy service, for `scripts.screenshots`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from scripts.audio_pictures import until

if TYPE_CHECKING:
    from scripts.screenshots import Photographer

MODEL = "pollinations/min-dalle"


async def legacy_pictures(p: Photographer) -> None:
    """Its preferences, its form and a job with its log; it is off again afterwards."""
    settings = p.services.settings
    settings.change("legacy", enabled=True, model=MODEL)
    p.window.open_preferences("legacy")
    await p.over("preferences-legacy-light")
    p.window.open_pane("create")
    view = cast("Any", p.window.pane("create"))
    view.form.kind.part("legacy").click()
    form = view._legacy
    await until(form.button.isEnabled)
    await p.both("legacy-form")
    form.inputs.rows["prompt"].control.set_text("two herons in the reeds at dawn")
    form.presenter.run()
    await until(lambda: any(p.services.legacy.logs.of(job.id) for job in p.services.jobs.all()))
    await p.both("legacy-running")
    await until(lambda: not p.services.jobs.active())
    settings.change("legacy", enabled=False)
    await p.settle()
