"""A recording for a message: what the composer's microphone does, fed as a microphone would."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtWidgets import QApplication

from studio.domain.sound import PcmFormat
from studio.panes.chat.voice_note import VoiceNote
from tests.panes.chatting import Chat, chatting
from tests.shell.support import until

SECOND = np.full(8000, 9000, "<i2").tobytes()


async def record(chat: Chat) -> None:
    """As the recorder does it once a microphone answered."""
    voice, recording = chat.desk.voice, chat.at.services.recording
    assert isinstance(voice, VoiceNote)
    voice.bar.show()
    voice.recorder._mine = True
    await recording.start(PcmFormat(8000))
    recording.feed(SECOND)
    await until(voice.bar.stop.isVisible)


async def test_what_is_recorded_is_attached(tmp_path: Path, qapp: QApplication) -> None:
    async with chatting(tmp_path, qapp) as chat:
        assert isinstance(chat.desk.voice, VoiceNote)
        bar, drafts, notices = chat.desk.voice.bar, chat.presenter.drafts, chat.at.services.notices
        assert not bar.isVisible()
        await record(chat)
        bar.stop.click()
        await until(lambda: drafts.attached)
        (attached,) = drafts.attached
        assert attached.name.startswith("Recording 20")
        await until(lambda: not bar.isVisible())
        await record(chat)
        bar.discard.click()
        await until(lambda: notices.recent)
        assert notices.recent[-1].text == "The recording is in the trash."
        assert len(drafts.attached) == 1
        await until(lambda: not bar.isVisible())


async def test_without_a_microphone_it_says_so_and_goes_away(tmp_path: Path, qapp: QApplication) -> None:
    async with chatting(tmp_path, qapp) as chat:
        voice = chat.desk.voice
        voice.recorder.told.emit("No microphone was found. Connect one to record.")
        voice.bar.show()
        voice._follow()
        assert voice.bar.isVisible()
        voice.toggle()
        assert not voice.bar.isVisible()
