"""The second half of the self-check: a spoken line and a short film are made and played, a formula is drawn,
code is coloured, the keyring is looked for. What of this a system cannot do, its user's report then tells.

Nothing is heard: the players are muted. A film is played without any sound device too; a sound is not, and
then the report says that there is none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from studio.core.errors import StudioError
from studio.core.keyring_store import KeyringStore
from studio.domain.asset import Asset
from studio.domain.highlight import highlight
from studio.domain.image import VideoRequest
from studio.domain.job import Job
from studio.domain.models import ModelInfo
from studio.domain.script import Paragraph, Script, lines_of
from studio.services.context import Services
from studio.ui.loudspeaker import Loudspeaker
from studio.ui.player import FilmPlayer, Player, PlayerState
from studio.ui.transcript.formulas import draw

WORDS = "All systems are go."
FILM = "Waves on a quiet beach"
FORMULA, CODE = r"\frac{a}{b} = \sqrt{c}", 'def answer():\n    return "42"\n'
SEED, FORMULA_SIZE = 7, 20.0
SECONDS = 90.0
ENOUGH_SECONDS = 1.0
PATIENCE_SECONDS = 20.0
Submit = Callable[[], Coroutine[Any, Any, list[Job]]]


async def check_media(services: Services) -> dict[str, Any]:
    """What of sound, film and writing works, by the names of the report.

    Raises:
        StudioError: something was not made, or could not be played.
        LookupError: the service has no model for it.
        TimeoutError: it took too long.
    """
    speech = await _made(services, await _speech(services))
    film = await _made(services, await _film(services))
    sound_path, film_path = services.library.file_path(speech), services.library.file_path(film)
    decoded = await services.sound.peaks(sound_path, speech.sha256)
    report: dict[str, Any] = {
        "sound": str(sound_path),
        "sound_seconds": round(decoded.duration, 2),
        "film": str(film_path),
        **await _play(sound_path, film_path),
        "formula": await asyncio.to_thread(draw, FORMULA, FORMULA_SIZE, True) is not None,
        "colours": len({token.kind for token in highlight(CODE, "python")}) > 1,
        "keyring": await asyncio.to_thread(KeyringStore().available),
    }
    if not (report["formula"] and report["colours"]):
        raise LookupError("a library for formulas or for coloured code is missing")
    return report


# ---------------------------------------------------------------------- making


async def _made(services: Services, submit: Submit) -> Asset:
    """The result of the one job that `submit` writes down."""
    finished: asyncio.Queue[Job] = asyncio.Queue()
    connection = services.jobs.finished.connect(finished.put_nowait)
    try:
        async with asyncio.timeout(SECONDS):
            (job,) = await submit()
            while (done := await finished.get()).id != job.id:
                pass
    finally:
        connection.disconnect()
    if done.error is not None:
        raise StudioError(done.error.title, done.error.detail)
    asset = await services.library.asset(done.asset_id)
    if asset is None:
        raise LookupError("what was made is not in the library")
    return asset


async def _speech(services: Services) -> Submit:
    reading = await services.audio.usual_reading()
    line = lines_of(Script(paragraphs=(Paragraph(text=WORDS),), reading=reading))[0]
    order = services.audio.speech_order(line, SEED)
    if order is None:
        raise LookupError("there is no model that speaks")
    return lambda: services.audio.submit(services.audio.plan([order]))


async def _film(services: Services) -> Submit:
    """The shortest film there is."""
    models = [model for model in services.catalogue.models if model.makes_videos]
    if not models:
        raise LookupError("there is no model that makes films")
    model = min(models, key=_shortest)
    request = VideoRequest(
        prompt=FILM,
        model=model.name,
        seed=SEED,
        duration=round(_shortest(model)),
        resolution=model.resolutions[0] if model.resolutions else "",
    )
    return lambda: services.create.submit(services.create.plan(request, 1))


def _shortest(model: ModelInfo) -> float:
    lengths = (*model.allowed_durations, model.min_duration, model.default_duration)
    return min((length for length in lengths if length), default=5.0)


# ---------------------------------------------------------------------- playing


async def _play(sound: Path, film: Path) -> dict[str, Any]:
    speaker = Loudspeaker.shared()
    muted = speaker.muted
    speaker.set_muted(True)
    try:
        heard, watched = Player(), FilmPlayer()
        frames: list[object] = []
        watched.frame.connect(frames.append)
        device = heard.has_device()
        played = await _runs(heard, sound) if device else False
        shown = await _runs(watched, film)
    finally:
        speaker.set_muted(muted)
    return {"sound_device": device, "sound_played": played, "film_played": shown and len(frames) > 1}


async def _runs(player: Player, path: Path) -> bool:
    """Play a file for a second, or to its end where that comes sooner.

    Raises:
        StudioError: it cannot be played; the player's own words.
        TimeoutError: it stands still.
    """
    ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    began = False

    def end(problem: str = "") -> None:
        if ended.done():
            return
        if problem:
            ended.set_exception(StudioError(problem))
        else:
            ended.set_result(None)

    def follow(state: str) -> None:
        nonlocal began
        began = began or state == PlayerState.PLAYING
        if began and state == PlayerState.STOPPED:
            end()

    def moved(seconds: float) -> None:
        if seconds >= ENOUGH_SECONDS:
            end()

    player.state.connect(follow)
    player.position.connect(moved)
    player.failed.connect(end)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            player.load(path)
            player.play()
            await ended
    finally:
        player.close()
        player.deleteLater()
    return True
