"""A transcription's task, as it stands in the journal."""

from __future__ import annotations

from studio.domain.codec import from_json, to_json
from studio.domain.speech import TranscriptionRequest
from studio.domain.transcript import Cue, Document, TimedWord
from studio.domain.transcription import SENT_AS_IT_IS, Recording, TranscriptionTask


def test_a_task_outlives_the_journal() -> None:
    task = TranscriptionTask(
        request=TranscriptionRequest(model="scribe", response_format="diarized_json", speakers_expected=2),
        recording=Recording(path="/x/a.mp3", name="a.mp3", asset_id="1", sha256="ab", duration=2.5, size=3),
    )
    assert from_json(TranscriptionTask, to_json(task)) == task
    assert ".mp4" not in SENT_AS_IT_IS


def test_a_document_outlives_the_profile() -> None:
    words = (TimedWord("The", 0.0, 0.5), TimedWord(" lamp", 0.5, 1.0, exact=False))
    cue = Cue(start=0.0, end=1.0, words=words, speaker="A", check="Nothing is heard here.")
    document = Document(cues=(cue,), language="en", duration=1.0, speakers=(("A", "Keeper"),))
    assert from_json(Document, to_json(document)) == document
