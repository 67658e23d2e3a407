"""Strange recordings on their way to a transcript: one sentence each, nothing sent for nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from studio.core.errors import StudioError
from studio.domain.job import JobState
from studio.domain.library import LibraryQuery
from studio.sandbox.server import SandboxServer
from studio.services.transcription import Wishes
from tests.fakes.sounds import noise, silence, tone, write_film, write_sound
from tests.library.sound.test_opening import troubles
from tests.services.studio import addresses, opened
from tests.services.test_audio import signed_in
from tests.services.test_transcription import ROUTE, transcribe


async def test_what_cannot_be_heard_is_not_taken_in(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with opened(tmp_path / "profile", addresses(server)) as at:
            for sentence, path in troubles(tmp_path):
                with pytest.raises(StudioError) as caught:
                    await at.services.transcription.take_file(path)
                assert caught.value.title == sentence
            assert at.incoming() == []
            assert await at.services.library.count(LibraryQuery()) == 0


async def test_silence_is_not_paid_for(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with opened(tmp_path / "profile", addresses(server)) as at:
            await signed_in(at, server)
            job = await transcribe(at, write_sound(tmp_path / "still.wav", silence(4.0)), Wishes())
            assert job.state is JobState.FAILED
            assert job.error is not None
            assert job.error.title == "Nothing is heard in this recording."
            assert not [one for one in server.requests() if one["path"] == ROUTE]
            assert await at.services.profile.spending() == []
            whisper = write_sound(tmp_path / "whisper.wav", noise(4.0, level=0.004))
            assert (await transcribe(at, whisper, Wishes())).state is JobState.DONE


@pytest.mark.parametrize("name", ["mislabelled.mp3", "eight.wav", "odd.wav", "film.mp4", "torn.webm"])
async def test_odd_ones_are_transcribed_all_the_same(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    sound = tone(1.0, rate=44_100)
    if name == "mislabelled.mp3":
        shutil.move(write_sound(tmp_path / "really.flac", sound), path)
    elif name == "eight.wav":
        write_sound(path, tone(0.5, rate=8_000), rate=8_000, layout="7.1")
    elif name == "odd.wav":
        write_sound(path, tone(1.0, rate=37_800), rate=37_800)
    elif name == "film.mp4":
        write_film(path, 1.0, sound)
    else:
        shutil.move(write_sound(tmp_path / "torn.ogg", tone(3.0, rate=48_000), rate=48_000), path)
        path.write_bytes(path.read_bytes()[:-200])
    with SandboxServer() as server:
        async with opened(tmp_path / "profile", addresses(server)) as at:
            await signed_in(at, server)
            job = await transcribe(at, path, Wishes())
            assert job.state is JobState.DONE, job.error
            assert path.exists()
