"""Transcribing through the real services and the sandbox: whole, in pieces, after a failure, with lineage."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from studio.core.errors import StudioError
from studio.domain.asset import Asset
from studio.domain.job import Job, JobState
from studio.domain.library import LibraryQuery
from studio.domain.media import MediaKind
from studio.domain.models import ModelInfo
from studio.domain.script import lines_of
from studio.domain.sound import EncodeOptions, Part, SoundFormat
from studio.domain.transcript import rename_speaker, set_text
from studio.domain.transcription import Phase
from studio.sandbox.server import SandboxServer
from studio.services.transcription import Wishes
from tests.services.studio import Studio, addresses, opened
from tests.services.test_audio import render, script, signed_in

TEXT = "The lamp took four minutes to warm. She watched the fog come in."
ROUTE = "/v1/audio/transcriptions"


async def spoken(at: Studio, tmp_path: Path, *, times: int = 1, form: SoundFormat = SoundFormat.MP3) -> Path:
    """A file of speech outside the library."""
    made = script(at, TEXT)
    made = replace(made, unit="paragraph")
    (job,) = await render(at, lines_of(made))
    take = (await at.services.audio.takes(job.batch))[0]
    path = tmp_path / f"keeper{form.extension}"
    part = Part(str(at.services.library.file_path(take)), pause=1.5)
    await at.services.sound.join([part] * times, path, EncodeOptions(format=form))
    return path


def model_of(at: Studio, name: str) -> ModelInfo:
    found = at.services.catalogue.find(name)
    assert found is not None
    assert found.transcribes
    return found


async def transcribe(at: Studio, path: Path, wishes: Wishes) -> Job:
    _asset, recording = await at.services.transcription.take_file(path)
    model = model_of(at, "whisper-large-v3")
    plan = at.services.audio.plan([at.services.transcription.order(recording, wishes, model)])
    assert not plan.problem, plan.problem
    assert plan.high is not None
    (job,) = await at.services.audio.submit(plan)
    return await at.until(job.id)


async def made_of(at: Studio, job: Job) -> Asset:
    asset = await at.services.library.asset(job.asset_id)
    assert asset is not None
    return asset


async def test_a_file_becomes_a_transcript_with_lineage(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with opened(tmp_path, addresses(server)) as at:
            await signed_in(at, server)
            phases: list[Phase] = []
            connection = at.services.transcription.phases.connect(phases.append)
            job = await transcribe(at, await spoken(at, tmp_path), Wishes(language="en"))
            connection.disconnect()
            assert job.state is JobState.DONE, job.error
            stages = list(dict.fromkeys(phase.stage for phase in phases))
            assert stages == ["reading", "uploading", "transcribing", "saving"]
            uploads = [phase for phase in phases if phase.stage == "uploading"]
            assert uploads[0].sent == 0
            assert uploads[0].size > 1000
            asset = await made_of(at, job)
            assert asset.kind is MediaKind.TRANSCRIPT
            assert "recording" in asset.prompt
            assert asset.provenance.cost is not None
            recording = await at.services.transcription.recording_behind(asset)
            assert recording is not None
            assert recording.kind is MediaKind.SPEECH
            found = await at.services.library.row_ids(
                LibraryQuery(text="recording", kinds=(MediaKind.TRANSCRIPT,))
            )
            assert len(found) == 1
            document = await at.services.transcription.document(asset)
            assert document.cues
            assert all(word.end >= word.start for cue in document.cues for word in cue.words)
            kept = json.loads(at.services.library.file_path(asset).read_bytes())
            assert kept["text"] == document.text


async def test_edits_are_kept_and_found(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with opened(tmp_path, addresses(server)) as at:
            await signed_in(at, server)
            asset = await made_of(at, await transcribe(at, await spoken(at, tmp_path), Wishes()))
            document = await at.services.transcription.document(asset)
            edited = rename_speaker(set_text(document, 0, "The lantern burned."), "", "Keeper")
            await at.services.transcription.keep_document(asset, edited)
            assert await at.services.transcription.document(asset) == edited
            assert await at.services.library.count(LibraryQuery(text="lantern")) == 1


async def test_speakers_are_told_where_they_are_asked_for(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with opened(tmp_path, addresses(server)) as at:
            await signed_in(at, server)
            path = await spoken(at, tmp_path, times=2)
            _asset, recording = await at.services.transcription.take_file(path)
            model = model_of(at, "scribe")
            order = at.services.transcription.order(recording, Wishes(labels=True, speakers=2), model)
            (job,) = await at.services.audio.submit(at.services.audio.plan([order]))
            job = await at.until(job.id)
            document = await at.services.transcription.document(await made_of(at, job))
            assert any(cue.speaker for cue in document.cues)


async def test_edits_outlive_the_profile_and_the_index(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with opened(tmp_path, addresses(server)) as at:
            await signed_in(at, server)
            asset = await made_of(at, await transcribe(at, await spoken(at, tmp_path), Wishes()))
            edited = set_text(await at.services.transcription.document(asset), 0, "The lantern burned.")
            await at.services.transcription.keep_document(asset, edited)
            profile, library = at.services.paths.profile, at.services.paths.library
        for lost in (*profile.glob("studio.sqlite*"), *(library / ".nectary").glob("index*")):
            lost.unlink()
        async with opened(tmp_path, addresses(server)) as again:
            await again.services.library.rebuild()
            found = await again.services.library.asset(asset.id)
            assert found is not None
            assert await again.services.transcription.document(found) == edited
            assert await again.services.library.count(LibraryQuery(text="lantern")) == 1


async def test_a_recording_that_is_in_the_library_is_not_copied_again(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with opened(tmp_path, addresses(server)) as at:
            await signed_in(at, server)
            path = await spoken(at, tmp_path)
            first, _ = await at.services.transcription.take_file(path)
            second, recording = await at.services.transcription.take_file(path)
            assert first.id == second.id == recording.asset_id
            assert recording.name == path.name
            await at.services.library.trash([first.id])
            third, _ = await at.services.transcription.take_file(path)
            assert third.id != first.id


async def test_what_is_no_sound_says_so(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with opened(tmp_path, addresses(server)) as at:
            await signed_in(at, server)
            path = tmp_path / "broken.mp3"
            path.write_bytes(b"ID3" + bytes(400))
            with pytest.raises(StudioError) as caught:
                await at.services.transcription.take_file(path)
            assert caught.value.title
            assert at.incoming() == []
