"""Pictures of the Audio pane, for `scripts.screenshots`."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize

from studio.domain.pcm import Level
from studio.domain.script import Reading, Script, lines_of, with_text
from studio.domain.sound import PcmFormat
from studio.panes.audio.audition import Audition

if TYPE_CHECKING:
    from scripts.screenshots import Photographer

NARROW = QSize(1024, 720)
SCRIPT = (
    "Every evening the keeper climbed a hundred and twelve steps. The lamp took four minutes to warm, and in "
    "that time she watched the fog come in.\n\n"
    '"You never thought of leaving?" he asked.\n\n'
    "Leaving is easy. It is the light that stays. My father said the sea keeps accounts.\n\n"
    "And does it?"
)
TALK = (
    "Every evening the keeper climbed a hundred and twelve steps. The lamp took four minutes to warm, and in "
    "that time she watched the fog come in. You never thought of leaving? Leaving is easy. It is the light "
    "that stays. My father said the sea keeps accounts. And does it? Ask me again when the boats are home."
)
PATIENCE = 60.0


async def until(found: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not found():  # noqa: ASYNC110 - the moment does not matter
            await asyncio.sleep(0.05)


async def audio_pictures(p: Photographer) -> None:
    # Most sound models are not for free pollen, and earlier pictures emptied the balance.
    p.control("balance", "POST", {"tier": "10", "paid": "10"})
    await p.services.jobs.resume()
    await p.services.session.refresh()
    p.window.open_pane("audio")
    view: Any = p.window.pane("audio")
    await p.settle()
    await p.shoot("audio-speech-empty-light")
    await speech_pictures(p, view)
    await transcribe_pictures(p, view)
    await music_pictures(p, view)
    view._show_page("speech")


async def speech_pictures(p: Photographer, view: Any) -> None:
    page = view._parts.speech
    page.script.set_text(SCRIPT)
    await until(lambda: page.form.button.isEnabled() and page.form.button.note)
    page.form.button.click()
    await until(lambda: all(row.ready for row in page.presenter.rows))
    page.list.setCurrentIndex(page.list.rows.index(1))
    await p.settle(1.5)
    await p.both("audio-speech")
    await p.shoot("audio-speech-narrow", size=NARROW)
    page.script.set_text(SCRIPT.replace("hundred and twelve", "hundred"))
    await p.shoot("audio-speech-changed-dark", dark=True)
    page.form.try_button.click()
    await p.settle()
    audition = p.window.findChild(Audition)
    assert audition is not None  # it was just opened
    for row in audition.rows[:3]:
        row.box.click()
    await p.settle()
    audition.hear.click()
    await until(lambda: all(not row.strip.isHidden() for row in audition.rows[:3]))
    await p.over("audio-voices-light")


async def transcribe_pictures(p: Photographer, view: Any) -> None:
    page = view._parts.transcribe
    view._show_page("transcribe")
    await p.shoot("audio-transcribe-empty-light")
    await record_pictures(p, page)
    with tempfile.TemporaryDirectory() as folder:
        page.presenter.take_files([await recording(p, Path(folder))])
        page.form.labels.click()
        scribe = p.services.catalogue.find("scribe")
        if scribe is not None:
            page.form.model.set_value(scribe.name)
            page.presenter.wish(model=scribe.name)
        await until(page.form.button.isEnabled)
    page.form.button.click()
    await until(lambda: page.presenter.asset is not None)
    await p.settle(1.0)
    page.desk.cues.show_time(5.0, follow=True)
    page.side.show_time(5.0)
    await p.both("audio-transcribe")
    page.desk.find_bar.open_bar()
    page.desk.find_bar.field.setText("the")
    await p.shoot("audio-find-light")
    await p.shoot("audio-transcribe-150", scale=1.5)
    page.desk.find_bar.close_bar()
    page.desk.open_export("md")
    await p.settle()
    await p.over("audio-export-light")


async def record_pictures(p: Photographer, page: Any) -> None:
    """A recording under way, fed as a microphone would; discarded afterwards."""
    page.recorder._mine = True
    await p.services.recording.start(PcmFormat(16_000))
    p.services.recording.feed(bytes(2 * 16_000 * 42))
    await until(page.record_bar.stop.isVisible)
    page.recorder.ticked.emit(Level(0.55, 0.24))
    await p.both("audio-recording")
    await p.services.recording.discard()
    await until(page.record_bar.record.isVisible)


async def recording(p: Photographer, folder: Path) -> Path:
    """A file of speech, as somebody might drop it."""
    audio = p.services.audio
    model = next(model for model in p.services.catalogue.models if model.speaks)
    script = Script(reading=Reading(model=model.name, voice="nova"), unit="paragraph")
    (line,) = lines_of(with_text(script, TALK))
    order = audio.speech_order(line)
    assert order is not None  # the model is the catalogue's own
    await audio.submit(audio.plan([order]))
    async with asyncio.timeout(PATIENCE):
        while not (takes := await audio.takes(line.key)):  # noqa: ASYNC110 - the moment does not matter
            await asyncio.sleep(0.1)
    path = folder / "keeper-interview.mp3"
    shutil.copy(p.services.library.file_path(takes[0]), path)
    return path


async def music_pictures(p: Photographer, view: Any) -> None:
    page = view._parts.music
    view._show_page("music")
    await p.shoot("audio-music-empty-light")
    page.form.prompt.set_text("Slow harbour waltz, accordion and brushed drums, a little rain")
    model = p.services.catalogue.find("elevenmusic")
    if model is not None:
        page.presenter.edit(model=model.name)
    page.presenter.edit(length=8.0, count=3)
    page.presenter.wish_changed.emit()
    page.form.button.click()
    await until(lambda: sum(item.state == "ready" for item in page.presenter.items) == 3)
    await p.settle(1.5)
    await p.both("audio-music")
