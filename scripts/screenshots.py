"""Takes pictures of the window in its states: `python -m scripts.screenshots DIR [NAME ...]`.

Everything in them is real: the program runs against its sandbox, makes the pictures it shows, and meets the
errors it tells. Only the size of the window, the look and the moment are chosen here.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import urllib.request
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar, cast

from PySide6.QtCore import QItemSelectionModel, QSize
from PySide6.QtWidgets import QApplication, QWidget

from scripts import chat_blocks
from scripts.audio_pictures import audio_pictures
from scripts.first_run_pictures import first_run_pictures
from scripts.grid_pictures import grid_pictures
from scripts.help_pictures import help_pictures
from scripts.legacy_pictures import legacy_pictures
from scripts.preference_pictures import preference_pictures
from scripts.upkeep_pictures import upkeep_pictures
from studio import eventloop
from studio.core.paths import portable_paths
from studio.core.settings import Settings
from studio.domain.image import ImageRequest, VideoRequest
from studio.domain.job import Job
from studio.domain.library import LibraryQuery
from studio.domain.media import MediaKind
from studio.panes.account.requests_card import RequestsCard
from studio.panes.account.sections import Sections
from studio.panes.create.form import size_of
from studio.panes.create.form_view import FormView
from studio.panes.create.results import ResultsView
from studio.panes.create.view import CreateView
from studio.sandbox.server import SandboxServer
from studio.services.context import Services
from studio.services.notices import NoticeCentre
from studio.shell.job_tray import JobPill
from studio.shell.main_window import MainWindow
from studio.shell.palette import Palette
from studio.shell.program import Program
from studio.ui.asset_browser import AssetBrowser
from studio.ui.asset_inspector import AssetInspector
from studio.ui.theme import Theme
from studio.ui.widgets.choice import Segmented
from studio.ui.widgets.overlay import Overlay
from studio.ui.widgets.toast import ToastStack

W = TypeVar("W", bound=QWidget)
USUAL = QSize(1440, 900)
SMALL = QSize(1280, 800)
LARGE = QSize(2560, 1440)
NARROW = QSize(1024, 720)
PROMPTS = (
    ("A lighthouse on a basalt cliff at dusk, low fog rolling over the sea", "1:1", 5),
    ("Mountain ridges in the first light, layers of haze", "1:1", 4),
    ("A pine forest in winter, snow falling quietly", "3:2", 0),
    ("Dunes under a pale sun", "16:9", 3),
    ("City skyline at night, neon on wet streets", "9:16", 4),
    ("A single poppy in tall grass, morning", "1:1", 5),
    ("A small planet with rings over a violet horizon", "1:1", 0),
    ("Rain on a window, lights behind it", "4:3", 2),
    ("Harbour at dawn, gulls over the water", "3:2", 0),
    ("Portrait in profile against an orange sky", "1:1", 4),
    ("Paper shapes, still life in ochre and blue", "1:1", 0),
    ("A cabin by the lake, smoke from the chimney", "16:9", 3),
    ("Wild coast in storm light", "1:1", 0),
    ("Desert road at noon", "3:2", 0),
    ("Blue hour over the ridge", "1:1", 4),
    ("A garden of tall flowers, evening", "9:16", 0),
)


class Photographer:
    """Takes the pictures one after another."""

    def __init__(
        self, window: MainWindow, services: Services, theme: Theme, folder: Path, names: set[str]
    ) -> None:
        self.window = window
        self.services = services
        self.theme = theme
        self.folder = folder
        self.names = names

    async def shoot(
        self,
        name: str,
        *,
        dark: bool = False,
        size: QSize = USUAL,
        scale: float = 1.0,
        what: QWidget | None = None,
    ) -> None:
        """Save the window, or `what` stands beside it, as `name.png` once it has painted what it knows."""
        shown = what or self.window
        if self.names and name not in self.names:
            await self.settle()  # what the next step needs must have come all the same
            return
        shown.resize(size)
        if self.theme.font_scale != scale:
            self.theme.set_font_scale(scale)
        if self.theme.dark != dark:
            self.theme.set_mode("dark" if dark else "light")
        await self.settle()
        self.folder.mkdir(parents=True, exist_ok=True)
        shown.grab().save(str(self.folder / f"{name}.png"))
        print(name, flush=True)

    @property
    def small(self) -> QSize:
        return SMALL

    async def both(self, name: str) -> None:
        await self.shoot(f"{name}-light")
        await self.shoot(f"{name}-dark", dark=True)

    def clear_notices(self) -> None:
        """Take the toasts away: those of one picture do not belong on the next."""
        for stack in self.window.findChildren(ToastStack):
            for toast in stack.toasts():
                toast.leave()

    def overlay(self) -> Overlay:
        """The sheet or popover that stands before the window."""
        return next(o for o in reversed(self.window.findChildren(Overlay)) if o.isVisible())

    def shows(self, kind: type[Overlay]) -> bool:
        """Whether one of this kind stands there already."""
        return any(o.isVisible() for o in self.window.findChildren(kind))

    async def over(self, name: str, *, dark: bool = False, **how: Any) -> None:
        """A picture with a sheet before the window, which goes afterwards."""
        await self.shoot(name, dark=dark, **how)
        self.overlay().dismiss()
        await self.settle(0.1)

    async def settle(self, seconds: float = 0.5) -> None:
        """Decoding threads and short animations come to rest."""
        await asyncio.sleep(seconds)

    def control(self, path: str, method: str, body: object = None) -> None:
        """Tell the sandbox what should go wrong."""
        request = urllib.request.Request(
            f"{self.services.session.client.hosts.gen}/_sandbox/{path}",
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={"content-type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10):
            pass


async def fill(services: Services) -> None:
    """Make the pictures of the screenshots, through the queue as a user would."""
    waiting: set[str] = set()
    done = asyncio.Event()

    def finished(job: Job) -> None:
        waiting.discard(job.id)
        if not waiting:
            done.set()

    connection = services.jobs.finished.connect(finished)
    services.jobs.parallel = 4
    models = [m.name for m in services.catalogue.models if m.makes_images and not m.paid_only][:4]
    for number, (prompt, aspect, _stars) in enumerate(reversed(PROMPTS)):
        width, height = size_of(aspect)
        request = ImageRequest(
            prompt=prompt,
            model=models[number % len(models)],
            seed=1000 + number * 77,
            width=width,
            height=height,
        )
        plan = replace(services.create.plan(request, 1), problem="")
        waiting.update(job.id for job in await services.create.submit(plan))
    await asyncio.wait_for(done.wait(), 240)
    connection.disconnect()
    stars = {prompt: rating for prompt, _aspect, rating in PROMPTS if rating}
    for row in await services.library.rows(await services.library.row_ids(LibraryQuery())):
        asset = await services.library.asset(row.id)
        if asset is not None and stars.get(asset.prompt):
            await services.library.set_rating([asset.id], stars[asset.prompt])


async def create_pictures(p: Photographer) -> None:
    p.window.open_pane("create")
    form = form_of(p)
    form.prompt.set_text("A lighthouse on a basalt cliff at dusk, low fog rolling over the sea, 35 mm film")
    form.count.setValue(4)
    await p.settle()
    browser = part_of(p.window.pane("create"), AssetBrowser)
    best = await p.services.library.row_ids(LibraryQuery(text='"lighthouse on a basalt cliff"'))
    browser.select_row(best[0])
    await p.both("create")
    await p.shoot("create-small", size=SMALL)
    await p.shoot("create-narrow", size=NARROW)
    results_of(p).fold.toggle()
    await p.shoot("create-narrow-inspector", size=NARROW)
    results_of(p).fold.toggle()
    await p.shoot("create-large", size=LARGE)
    await p.shoot("create-150", scale=1.5)
    await p.shoot("create-150-small", scale=1.5, size=SMALL)
    form.prompt.set_text(" ".join(prompt for prompt, _aspect, _stars in PROMPTS))
    await p.shoot("create-long-prompt-light")
    form.prompt.set_text(PROMPTS[0][0])
    form.model.open()
    await p.over("create-models-light")
    await form_pictures(p)
    await jobs_pictures(p)
    await failures(p)


async def form_pictures(p: Photographer) -> None:
    """The form in its states: films, references, edits, styles, variants, more options."""
    form, view = form_of(p), cast("CreateView", p.window.pane("create"))
    rows = await p.services.library.rows(await p.services.library.row_ids(LibraryQuery()))
    pictures = [found for row in rows[:3] if (found := await p.services.library.asset(row.id)) is not None]
    before = {"kind": "image", "model": form.model.value(), "count": form.count.value()}
    for asset in pictures[:2]:
        view.take("reference", asset)
    await p.settle()
    await p.both("create-references")
    await p.shoot("create-references-150", scale=1.5, size=SMALL)
    view.take("edit", pictures[0])
    await p.shoot("create-edit-light")
    view.take("animate", pictures[0])
    await p.settle()
    await p.both("create-video")
    await p.shoot("create-video-small", size=SMALL)
    form.model.open()
    await p.over("create-video-models-dark", dark=True)
    view.take("use_all", pictures[1])
    form.prompt.set_text("A lighthouse at {dawn|dusk|{blue|golden} hour}, low fog over the sea")
    form.edit(style="watercolour of {prompt}, wet paper, soft edges, white margins", count=2)
    await p.both("create-variants")
    form.words.variants_wanted.emit(form.words)
    await p.over("create-variants-preview-light")
    form.words.styles_wanted.emit(form.words.header)
    await p.over("create-styles-light")
    model = next(m for m in p.services.catalogue.models if "gptimage" in m.aliases)
    form.model.set_value(model.name)
    form.edit(model=model.name)
    if form.parts is not None:
        form.parts.disclosure.setChecked(True)
    form.edit(quality="high", transparent=True, safe=True)
    await p.both("create-more")
    if form.parts is not None:
        form.parts.disclosure.setChecked(False)
        form.parts.reset.emit()
    form.edit(style="", **before)
    p.clear_notices()


async def jobs_pictures(p: Photographer) -> None:
    form = form_of(p)
    p.control("faults", "POST", [{"path": "/image/", "hold": 30, "count": 3}])
    form.generate.emit()
    await p.settle(1.5)
    await p.both("create-running")
    part_of(p.window, JobPill).open_tray()
    await p.over("jobs-light")
    await p.services.jobs.cancel([job.id for job in p.services.jobs.active()])
    p.control("faults", "DELETE")
    p.services.settings.change("money", confirm_above=0.001)
    form.generate.emit()
    await p.over("create-confirm-light")
    p.services.settings.change("money", confirm_above=1.0, batch_budget=0.004)
    form.generate.emit()
    await p.shoot("create-budget-light")
    p.services.settings.change("money", batch_budget=0.0)
    p.clear_notices()


async def failures(p: Photographer) -> None:
    form = form_of(p)
    form.count.setValue(1)
    p.control("faults", "POST", [{"path": "/image/", "status": 503, "count": 9}])
    form.generate.emit()
    await p.settle(1.0)
    await p.shoot("create-waiting-light")
    await p.services.jobs.cancel([job.id for job in p.services.jobs.active()])
    p.control("faults", "DELETE")
    p.control("faults", "POST", [{"path": "/image/", "status": 422, "code": "content_policy_violation",
                                  "message": "The prompt was refused.", "count": 1}])  # fmt: skip
    form.generate.emit()
    await p.settle(1.0)
    await p.shoot("create-failed-light")
    for job in p.services.jobs.all():
        p.services.jobs.dismiss(job.id)
    p.control("balance", "POST", {"tier": "0", "paid": "0"})
    form.generate.emit()
    await p.settle(1.5)
    await p.shoot("create-no-pollen-dark", dark=True)
    p.control("balance", "POST", {"tier": "10", "paid": "0"})
    await p.services.jobs.cancel([job.id for job in p.services.jobs.active()])
    await p.services.jobs.resume()
    p.clear_notices()


async def library_pictures(p: Photographer) -> None:
    p.window.open_pane("library")
    view: Any = p.window.pane("library")
    await p.settle()
    browser = part_of(view, AssetBrowser)
    rows = await p.services.library.rows(await p.services.library.row_ids(LibraryQuery()))
    await p.services.curator.add_tags([row.id for row in rows[:5]], ["coast", "evening"])
    await p.services.curator.set_note(
        [rows[0].id], "For the cover. The fog is right, the lamp could be warmer."
    )
    browser.view.setCurrentIndex(browser.model.index(0))
    await p.settle()
    await p.both("library")
    await p.shoot("library-small", size=SMALL)
    await p.shoot("library-narrow", size=NARROW)
    await p.shoot("library-150", scale=1.5)
    browser.view.selectAll()
    await p.shoot("library-many-light")
    browser.view.setCurrentIndex(browser.model.index(1))
    view.search.setText("nothing has these words")
    await p.settle()
    await p.shoot("library-nothing-light")
    view.search.clear()
    await p.settle()
    await viewer_pictures(p, browser)
    await organise_pictures(p, view, browser)
    browser.view.setCurrentIndex(browser.model.index(2))
    browser.trash_requested.emit()
    await p.settle()
    await p.shoot("library-trashed-notice-light")
    p.clear_notices()
    view.side_bar.trash.emit()
    await p.settle()
    await p.both("library-trash")
    view.side_bar.everything.emit()


async def viewer_pictures(p: Photographer, browser: AssetBrowser) -> None:
    browser.show_large(browser.model.index(3))
    await p.settle()
    await p.both("viewer")
    assert browser.viewer is not None  # it was just opened
    browser.viewer.zoom_to(2.0)
    await p.shoot("viewer-zoomed-dark", dark=True)
    browser.viewer.leave()


async def organise_pictures(p: Photographer, view: Any, browser: AssetBrowser) -> None:
    """Collections, stacks, lineage, comparing, films and the list."""
    services = p.services
    # Film models are not for free pollen, and a scene before this one emptied the balance.
    p.control("balance", "POST", {"tier": "10", "paid": "10"})
    await services.session.refresh()
    await services.jobs.resume()
    await more_results(services)
    rows = await services.library.rows(await services.library.row_ids(LibraryQuery()))
    shelving = services.curator.shelving
    coast = await shelving.create("Coast", ids=[row.id for row in rows[5:17]])
    await shelving.create("Lighthouses", coast.id, [row.id for row in rows[4:9]])
    await shelving.create("Posters", ids=[row.id for row in rows[2:8]])
    await shelving.save_search("Keepers", LibraryQuery(min_rating=4))
    view._stacks.setChecked(True)
    await p.settle()
    browser.view.setCurrentIndex(browser.model.index(0))
    await p.both("library-organised")
    await p.shoot("library-organised-small", size=SMALL)
    await p.shoot("library-organised-150", scale=1.5)
    part_of(view, AssetInspector).lineage.tree.click()
    await p.settle()
    await p.shoot("library-family-light")
    await p.over("library-family-dark", dark=True)
    view._stacks.setChecked(False)
    view._layouts.part("list").click()
    await p.both("library-list")
    await p.shoot("library-list-150", scale=1.5, size=SMALL)
    view._layouts.part("grid").click()
    await compare_pictures(p, browser)
    await film_pictures(p, browser)


async def compare_pictures(p: Photographer, browser: AssetBrowser) -> None:
    view = browser.view
    for count, names in ((2, ("compare-two-light", "compare-two-dark")), (4, ("compare-four-light",))):
        view.clearSelection()
        for at in range(count):
            view.selectionModel().select(
                browser.model.index(at + 1), QItemSelectionModel.SelectionFlag.Select
            )
        browser.compare_selected()
        await p.settle()
        for name in names:
            await p.shoot(name, dark=name.endswith("dark"))
        if count == 2:
            part_of(p.overlay(), Segmented).part("slider").click()
            await p.shoot("compare-slider-light")
            await p.shoot("compare-150", scale=1.5, size=SMALL)
        p.overlay().dismiss()
        await p.settle(0.1)


async def film_pictures(p: Photographer, browser: AssetBrowser) -> None:
    films = await p.services.library.row_ids(LibraryQuery(kinds=(MediaKind.VIDEO,)))
    if films and browser.select_row(films[0]):
        browser.show_large()
        await p.settle(1.0)
        await p.both("viewer-film")
        await p.shoot("viewer-film-150", scale=1.5, size=SMALL)
        assert browser.viewer is not None  # it was just opened
        browser.viewer.leave()


async def more_results(services: Services) -> None:
    """A film, and four results that differ in their seed alone, made from the newest of the library."""
    (row,) = await services.library.rows((await services.library.row_ids(LibraryQuery()))[:1])
    films = [m.name for m in services.catalogue.models if m.makes_videos]
    waiting: set[str] = set()
    done = asyncio.Event()

    def finished(job: Job) -> None:
        waiting.discard(job.id)
        if not waiting:
            done.set()

    connection = services.jobs.finished.connect(finished)
    picture = ImageRequest(
        prompt="Fog over the harbour, lanterns", model="flux", seed=40, width=1024, height=768
    )
    plan = replace(services.create.plan(picture, 4), problem="")
    waiting.update(job.id for job in await services.create.submit(plan, parents=(row.id,)))
    if films:
        film = VideoRequest(prompt="Waves against a pier", model=films[0], seed=5)
        plan = replace(services.create.plan(film, 1), problem="")
        waiting.update(job.id for job in await services.create.submit(plan, parents=(row.id,)))
    await asyncio.wait_for(done.wait(), 120)
    connection.disconnect()


QUESTIONS = (
    "Script for the narration",
    "Explain reciprocal rank fusion",
    "Give me three poster ideas for the coast series, and a palette for each as a table.",
)


async def ask(view: Any, text: str, *, wait: bool = True) -> None:
    """Write a question and send it, as a user would."""
    presenter = view._desk.presenter
    presenter.drafts.put(text)
    await asyncio.sleep(0.2)
    presenter.send()
    await asyncio.sleep(0.4)
    if wait:
        await answered(view)


async def answered(view: Any) -> None:
    """Wait for the end of the answer."""
    while view._desk.presenter.streaming:  # noqa: ASYNC110 - the moment does not matter
        await asyncio.sleep(0.1)


async def chat_pictures(p: Photographer) -> None:
    p.control("balance", "POST", {"tier": "5", "paid": "5"})
    await p.services.account.refresh(p.services.session.client)
    p.window.open_pane("chat")
    view: Any = p.window.pane("chat")
    await p.settle()
    await p.both("chat-empty")
    for question in QUESTIONS:
        view.act("new")
        await p.settle(0.3)
        await ask(view, question)
    await p.both("chat")
    await ask(view, "And in Python, please", wait=False)
    await p.shoot("chat-streaming-light")
    await answered(view)
    await p.shoot("chat-narrow", size=NARROW)
    view.header.list.click()
    await p.shoot("chat-narrow-list", size=NARROW)
    view.header.list.click()
    await p.shoot("chat-150", scale=1.5)
    view.act("parameters")
    await p.both("chat-parameters")
    view.header.parameters.click()
    view.act("choose_model")
    await p.shoot("chat-picker-light")
    await p.over("chat-picker-dark", dark=True)
    await attachments(p, view)
    await chat_costs(p, view)
    await chat_picture_asked(p, view)
    view.side_bar.search.setText("coast")
    await p.shoot("chat-search-light")
    view.side_bar.search.clear()
    view.act("temporary")
    await p.shoot("chat-temporary-light")


async def chat_costs(p: Photographer, view: Any) -> None:
    """What falls out of the context, and what the chat cost."""
    presenter = view._desk.presenter
    usual = presenter.draft_conversation().parameters
    presenter.set_options(parameters=replace(usual, context_limit=200, logprobs=True))
    await p.shoot("chat-cut-light")
    view.composer.context.click()
    await p.over("chat-context-light")
    view.act("parameters")
    await p.shoot("chat-left-out-light")
    view.header.parameters.click()
    presenter.set_options(parameters=usual)
    await p.settle()


async def chat_picture_asked(p: Photographer, view: Any) -> None:
    """A picture from chat: asked about, made, and a spoken answer."""
    presenter = view._desk.presenter
    usual = presenter.draft_conversation().parameters
    view.act("new")
    await p.settle(0.3)
    presenter.set_options(parameters=replace(usual, image_tool=True))
    await p.settle()
    await ask(view, "Generate an image of a lighthouse at dusk")
    await p.both("chat-picture-asked")
    for message_id in view._desk.presenter.feed.path:
        for message in await p.services.chat.messages([message_id]):
            for call in (piece for piece in message.pieces if piece.type == "tool_call"):
                await p.services.chat.permit(message_id, call.id, "once")
    await p.settle(2)
    await answered(view)
    presenter.set_options(model="openai-audio", parameters=replace(usual, spoken=True))
    await p.settle()
    await ask(view, "Say good night in one sentence")
    await p.shoot("chat-picture-and-sound-light")
    presenter.set_options(model="openai", parameters=usual)
    await p.settle()


async def attachments(p: Photographer, view: Any) -> None:
    rows = await p.services.library.rows(await p.services.library.row_ids(LibraryQuery()))
    for row in rows[:2]:
        asset = await p.services.library.asset(row.id)
        if asset is not None:
            view.take("chat", asset)
    drafts = view._desk.presenter.drafts
    drafts.add_text("The tide goes out at six. " * 200)
    drafts.put("Which of the two fits the text better?")
    await p.both("chat-attachments")
    for one in drafts.attached:
        drafts.remove(one.key)
    drafts.put("")


async def sheets(p: Photographer) -> None:
    p.window.open_palette()
    await p.settle()
    await p.shoot("palette-light")
    await p.over("palette-dark", dark=True)
    p.window.open_palette()
    part_of(p.window, Palette).field.setText("poster")
    await p.settle(1.0)
    await p.shoot("palette-found-light")
    await p.shoot("palette-found-150", scale=1.5, size=SMALL)
    await p.over("palette-found-dark", dark=True)
    await preference_pictures(p)
    p.window.open_shortcuts()
    await p.over("shortcuts-light")
    for name, command in (
        ("sign-in", "account.sign_in"), ("sign-in-code", "account.sign_in_code"),
        ("paste-key", "account.paste_key"),
    ):  # fmt: skip
        p.window.run(command)
        await p.settle()
        await p.over(f"{name}-light")
    p.clear_notices()


async def other_pictures(p: Photographer) -> None:
    p.window.open_pane("account")
    await p.settle()
    await p.both("account")
    pane = p.window.pane("account")
    requests = part_of(pane, RequestsCard)
    sections = part_of(pane, Sections)
    for section in ("keys", "uploads"):
        sections.choose(section)
        await p.settle()
        await p.both(f"account-{section}")
    sections.choose("requests")
    requests.nothing.button.click()
    await p.settle()
    await p.both("account-requests")
    requests.view.part("both").click()
    await p.settle()
    requests.nothing.button.click()
    await p.settle()
    await p.shoot("account-side-by-side-light")
    sections.choose("overview")
    await sheets(p)
    p.window.open_pane("create")
    p.window.show_work("Reading the library: 12,000 of 100,214.")
    await p.shoot("rebuilding-light")
    p.window.show_work("")
    p.window.show_welcome()
    await p.both("welcome")
    await p.shoot("welcome-150", scale=1.5)
    p.window.set_welcome_busy("session.sandbox")
    await p.shoot("welcome-busy-light")
    p.window.set_welcome_busy("")
    p.window.show_stop("Nectary is open already.", "It has this library. Close it there, or try again.", int)
    await p.shoot("cannot-start-light")


def form_of(p: Photographer) -> FormView:
    return part_of(p.window.pane("create"), FormView)


def results_of(p: Photographer) -> ResultsView:
    return part_of(p.window.pane("create"), ResultsView)


def part_of(parent: QWidget, kind: type[W]) -> W:
    """The one part of this kind.

    Raises:
        LookupError: there is none.
    """
    found = parent.findChild(kind)
    if found is None:
        raise LookupError(f"there is no {kind.__name__}")
    return cast("W", found)


async def everything(p: Photographer) -> int:
    steps: tuple[Callable[[Photographer], Awaitable[None]], ...] = (
        create_pictures, library_pictures, chat_pictures, other_pictures, audio_pictures, grid_pictures,
        legacy_pictures, help_pictures, first_run_pictures, upkeep_pictures,
    )  # fmt: skip
    p.window.open_pane("create")
    await p.shoot("create-empty-light")
    await fill(p.services)
    for step in steps:
        await step(p)
    return 0


def main() -> int:
    folder = Path(sys.argv[1])
    names = set(sys.argv[2:])
    folder.mkdir(parents=True, exist_ok=True)
    application = QApplication(sys.argv[:1])
    if not names or "chat-blocks" in names:
        chat_blocks.pictures(folder, application)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        paths = portable_paths(Path(temporary))
        settings = Settings(paths.settings)
        theme = Theme("light", 1.0, True)
        theme.apply(application)
        window = MainWindow(theme, settings, window_state=paths.window_state)
        window.resize(USUAL)
        window.show()
        notices = NoticeCentre()

        async def errand(window: MainWindow, services: Services) -> int:
            return await everything(Photographer(window, services, theme, folder, names))

        with SandboxServer() as server:
            # "The cloud" of the pictures of signing in; nothing here leaves the machine.
            environment = {
                "POLLINATIONS_BASE_URL": server.base_url,
                "POLLINATIONS_ENTER_URL": server.enter_url,
                "POLLINATIONS_MEDIA_URL": server.media_url,
                "POLLINATIONS_LEGACY_URL": server.legacy_url,
            }
            program = Program(
                window, settings, notices, paths, environment=environment, force_sandbox=True, errand=errand
            )
            return eventloop.run(
                application, program.run, report=notices.report, on_interrupt=program.request_quit
            )


if __name__ == "__main__":
    sys.exit(main())
