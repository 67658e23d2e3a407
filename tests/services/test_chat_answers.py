"""How a request ends: states, words, costs (`studio.services.chat_answers`)."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from studio.domain.chat import ChatUsage
from studio.domain.conversation import ChatDraft, MessageState
from studio.services import chat_answers
from tests.services.talk import CHAT, sample, talking


@pytest.mark.parametrize(
    ("fault", "state", "kind"),
    [
        ({"reset": True}, MessageState.INTERRUPTED, "ApiInterrupted"),
        ({"error": "invalid_key"}, MessageState.FAILED, "ApiAuthError"),
        ({"error": "content_policy"}, MessageState.FAILED, "ApiRefused"),
        ({"error": "internal"}, MessageState.FAILED, "ApiUnavailable"),
        ({"body": "html"}, MessageState.FAILED, "ApiBadAnswer"),
        ({"stream_error": "content_filter"}, MessageState.FAILED, "ApiRefused"),
        ({"stream_error": "no_done"}, MessageState.INTERRUPTED, "ApiInterrupted"),
    ],
)
async def test_states_by_fault(
    tmp_path: Path, fault: dict[str, object], state: MessageState, kind: str
) -> None:
    async with talking(tmp_path) as talk:
        talk.server.faults([{"path": CHAT, **fault}])
        answer = await talk.say()
        assert answer.error is not None
        assert (answer.state, answer.error.kind) == (state, kind)
        assert "you pay once" not in answer.error.detail, "a stream is paid again"
        assert "retry" in [command for command, _, _ in answer.error.actions]
        asked = [r for r in talk.server.requests() if r["path"] == CHAT]
        assert len(asked) == 1, "never sent again by itself"


async def test_a_cut_stream_keeps_what_came(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        talk.plays(sample("chat_completions.stream.txt"), cut_after=700)
        answer = await talk.say()
        assert (answer.state, answer.text) == (MessageState.INTERRUPTED, "One, two")
        assert answer.error is not None
        assert [command for command, _, _ in answer.error.actions] == ["continue", "retry"]


async def test_a_real_refusal_to_pay_opens_the_account(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        kinds: list[str] = []
        talk.chat.balance_notice.connect(lambda told: kinds.append(told.conversation_id))
        talk.server.faults([{"path": CHAT, "error": "insufficient_balance"}])
        answer = await talk.say()
        assert answer.state is MessageState.FAILED
        assert kinds == [talk.conversation.id]
        assert await talk.studio.services.profile.spending() == []


async def test_an_answer_at_its_greatest_length_can_be_continued(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        talk.plays(sample("chat_completions.stream.txt").replace('"stop"', '"length"'))
        answer = await talk.say()
        assert answer.state is MessageState.COMPLETE
        assert answer.error is not None
        assert answer.error.kind == "length"
        await talk.chat.continue_answer(answer.id)
        more = await talk.idle()
        assert more.id == answer.id
        assert more.text.startswith(answer.text)
        assert more.usage is not None
        assert answer.usage is not None
        assert more.usage.total_tokens > answer.usage.total_tokens
        assert more.cost is not None
        assert answer.cost is not None
        assert more.cost > answer.cost
        (line,) = await talk.studio.services.profile.spending()
        assert (line.entries, line.amount) == (2, more.cost)


async def test_an_empty_answer_says_so(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        talk.plays("data: [DONE]\n\n")
        answer = await talk.say()
        assert answer.state is MessageState.FAILED
        assert answer.error is not None
        assert answer.error.title == "The answer is empty."


async def test_the_price_follows_the_catalogue_when_the_service_does_not_say(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        talk.plays(sample("chat_completions.stream.txt"))
        answer = await talk.say()
        # 14 tokens in, 5 out, at the catalogue's prices.
        assert (answer.cost, answer.cost_source) == (Decimal("0.0000067875"), "catalogue")


async def test_a_disk_that_fails_at_the_end_leaves_the_text_on_the_screen(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        shown: list[str] = []
        talk.chat.message_changed.connect(lambda message: shown.append(message.text))
        talk.plays(sample("chat_completions.stream.txt"), byte_latency=0.05, piece=500)
        await talk.chat.send(talk.conversation.id, ChatDraft(text="Hello"))
        await talk.until_text()
        profile = talk.studio.services.profile

        def set_read_only() -> None:
            with profile.store.database.write() as connection:
                connection.execute("pragma query_only = on")

        await profile.run(set_read_only)
        await talk.until(lambda: not talk.chat.streaming)
        assert shown == ["One, two, three 🐝"]
        await talk.until(lambda: bool(talk.studio.services.notices.recent))


def test_usage_of_two_requests_is_added() -> None:
    one = ChatUsage(prompt_tokens=1, completion_tokens=2, total_tokens=3, pollen_cost=Decimal("0.5"))
    two = ChatUsage(prompt_tokens=10, total_tokens=10)
    both = chat_answers.both(one, two)
    assert both is not None
    assert (both.prompt_tokens, both.total_tokens, both.pollen_cost) == (11, 13, Decimal("0.5"))
    assert chat_answers.both(None, two) is two
    assert chat_answers.both(one, None) is one
