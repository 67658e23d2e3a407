"""Spoken answers in the window: one player, an outline, and a place to press in it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from studio.domain.conversation import AttachmentPiece
from studio.ui.player import PlayerState
from tests.panes.chatting import Chat, chatting
from tests.panes.test_chat_pictures import controls, press_control
from tests.shell.support import until


async def hear(chat: Chat, text: str) -> AttachmentPiece:
    await chat.ask(text)
    (message,) = await chat.service.messages([chat.model.turns[-1].last])
    (sound,) = message.attachments
    await until(lambda: f"Play {sound.name}" in controls(chat))
    return sound


@pytest.mark.qt_log_ignore("PulseAudio", extend=True)
async def test_spoken_answers_share_one_player(tmp_path: Path, qapp: QApplication) -> None:
    async with chatting(tmp_path, qapp) as chat:
        parameters = replace(chat.presenter.draft_conversation().parameters, spoken=True, voice="alloy")
        chat.presenter.set_options(model="openai-audio", parameters=parameters)
        await until(lambda: chat.presenter.draft_conversation().model == "openai-audio")
        first = await hear(chat, "Say hello")
        sounds = chat.desk.transcript.sounds
        await until(lambda: sounds.status(first).peaks is not None)
        assert sounds.status(first).duration > 0
        assert "Position" in controls(chat)
        await press_control(chat, f"Play {first.name}")
        await until(lambda: sounds.status(first).playing or sounds.status(first).problem)
        playing = sounds.deck.current
        assert playing == sounds._known[first.asset_id][0]
        second = await hear(chat, "Say goodbye")
        assert second.asset_id != first.asset_id
        await press_control(chat, f"Play {second.name}")
        assert sounds.deck.current == sounds._known[second.asset_id][0]
        assert sounds.status(first).state is PlayerState.STOPPED
