"""From text to speech to a transcript: lineage all the way, found by its words, there without a network."""

from __future__ import annotations

from pathlib import Path

from studio.domain.job import JobState
from studio.domain.library import LibraryQuery
from studio.domain.media import MediaKind
from studio.domain.script import lines_of
from studio.domain.sound import EncodeOptions, SoundFormat
from studio.domain.transcript import rename_speaker, set_text
from studio.sandbox.server import SandboxServer
from studio.services.lineage import lineage_of
from studio.services.transcription import Wishes
from tests.services.studio import Studio, addresses, opened
from tests.services.test_audio import render, script, signed_in
from tests.services.test_transcription import made_of, model_of

TEXT = "The lamp took four minutes to warm.\n\nShe watched the fog come in."


async def told(at: Studio, into: Path) -> tuple[str, str, list[str]]:
    """Ids of a transcript, of the joined speech it is of, and of the takes of that."""
    written = script(at, TEXT)
    lines = lines_of(written)
    await render(at, lines)
    takes = [(await at.services.audio.takes(line.key))[-1] for line in lines]
    parts = await at.services.audio.parts(written, lines, takes, level=True)
    await at.services.audio.join(parts, into, EncodeOptions(format=SoundFormat.FLAC))
    joined = await at.services.audio.keep_joined(into, written, takes)
    recording = await at.services.transcription.recording_of(joined)
    order = at.services.transcription.order(recording, Wishes(), model_of(at, "whisper-large-v3"))
    (job,) = await at.services.audio.submit(at.services.audio.plan([order]))
    job = await at.until(job.id)
    assert job.state is JobState.DONE, job.error
    transcript = await made_of(at, job)
    document = await at.services.transcription.document(transcript)
    edited = rename_speaker(set_text(document, 0, "The lantern took four minutes."), "", "Keeper")
    await at.services.transcription.keep_document(transcript, edited)
    return transcript.id, joined.id, [take.id for take in takes]


async def test_the_whole_way_and_all_of_it_offline(tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    with SandboxServer() as server:
        async with opened(profile, addresses(server)) as at:
            await signed_in(at, server)
            transcript_id, joined_id, take_ids = await told(at, tmp_path / "joined.flac")
    # The service is gone.
    async with opened(profile, addresses(server)) as later:
        library = later.services.library
        transcript = await library.asset(transcript_id)
        assert transcript is not None
        assert transcript.kind is MediaKind.TRANSCRIPT
        behind = await later.services.transcription.recording_behind(transcript)
        assert behind is not None
        assert behind.id == joined_id
        assert [one.id for one in await library.parents(behind)] == take_ids
        family = await lineage_of(library, transcript)
        assert {joined_id, *take_ids} <= {one.id for one in family.assets}
        assert await library.count(LibraryQuery(text="lantern", kinds=(MediaKind.TRANSCRIPT,))) == 1
        assert await library.count(LibraryQuery(text="fog", kinds=(MediaKind.SPEECH,))) == 2
        document = await later.services.transcription.document(transcript)
        assert document.cues[0].text == "The lantern took four minutes."
        info = await later.services.sound.probe(library.file_path(behind))
        assert info.codec == "flac"
        assert (await later.services.sound.peaks(library.file_path(behind), behind.sha256)).duration > 1
