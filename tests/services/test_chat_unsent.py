"""A question that is asked while the service is away: a real sandbox that is stopped and started."""

from __future__ import annotations

from pathlib import Path

from studio.domain.conversation import UNSENT, MessageState
from studio.services.chat_unsent import TOPIC
from studio.services.notices import Notice
from tests.services.studio import Studio, bills
from tests.services.talk import CHAT, talking_to
from tests.services.test_outbox import line_to


def offers(studio: Studio) -> list[Notice]:
    return [notice for notice in studio.services.notices.recent if notice.topic == TOPIC]


async def test_a_question_waits_is_offered_and_goes_when_it_is_told_to(tmp_path: Path) -> None:
    with line_to(tmp_path / "service") as line:
        async with talking_to(line.server, tmp_path / "home") as talk:
            services = talk.studio.services
            line.pull()
            answer = await talk.say("How deep is the harbour?")
            assert (answer.state, answer.cost) == (MessageState.FAILED, None)
            assert answer.error is not None
            assert (answer.error.kind, answer.error.title) == (UNSENT, "Not sent: no connection.")
            assert [label for _command, label, _argument in answer.error.actions] == ["Send now"]
            assert services.session.state.is_away, "one who meets it tells all"
            assert (await services.profile.spending()) == [], "nothing was spent"
            assert services.unsent.is_waiting(answer.id)
            line.mend()
            await services.session.refresh()
            (offer,) = offers(talk.studio)
            (action,) = offer.actions
            assert (action.id, action.argument) == ("chat.send_now", f"{talk.conversation.id} {answer.id}")
            assert not [r for r in line.server.requests() if r["path"] == CHAT], "not sent by itself"
            await talk.chat.retry(answer.id)
            assert not services.unsent.is_waiting(answer.id)
            answer = await talk.idle()
            assert (answer.state, answer.error) == (MessageState.COMPLETE, None)
            assert [m.text for m in await talk.path() if m.role == "user"] == ["How deep is the harbour?"]
            assert len(bills(line.server)) == 1
            await services.session.refresh()
            assert len(offers(talk.studio)) == 1, "it is offered once"


async def test_it_survives_a_restart_and_what_was_deleted_is_not_offered(tmp_path: Path) -> None:
    with line_to(tmp_path / "service") as line:
        async with talking_to(line.server, tmp_path / "home") as talk:
            line.pull()
            answer = await talk.say("Kept over the night")
        line.mend()
        async with talking_to(line.server, tmp_path / "home") as again:
            (kept,) = await again.chat.messages([answer.id])
            assert kept.error is not None
            assert kept.error.kind == UNSENT
            await again.chat.retry(kept.id)
            await again.until(lambda: not again.chat.streaming)
            (sent,) = await again.chat.messages([answer.id])
            assert sent.state is MessageState.COMPLETE
            line.pull()
            first, second = await again.say("One"), await again.say("Two")
            assert again.studio.services.unsent.is_waiting(first.id)
            line.mend()
            await again.studio.services.session.refresh()
            assert "2 questions" in offers(again.studio)[-1].text
            assert offers(again.studio)[-1].actions[0].id == "chat.open"
            await again.chat.delete([again.conversation.id])
            assert not again.studio.services.unsent.is_waiting(second.id)
