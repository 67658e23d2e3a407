"""A key that is refused, one that ends soon, and clocks that are set."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.api.errors import ApiAuthError
from studio.core.clock import steady
from studio.core.ids import new_id
from studio.core.secrets import Secret
from studio.domain.account import KeyInfo, seconds_left
from studio.domain.conversation import ChatDraft, MessageState
from studio.domain.job import JobState
from studio.sandbox.server import SandboxServer
from studio.services.access import Reason, Refusal, danger_of
from studio.services.account import KeySource
from tests.services.studio import Studio, addresses, opened, picture
from tests.services.talk import CHAT, talking

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
PLAIN = "sk_sandboxPlain4lK7zX9cV2bN6mQ1wE3rT"
EXPIRED = "sk_sandboxExpired1qW4eR7tY0uI3oP6aS9d"
KEY = KeyInfo(valid=True, name="Desk", expires_in=3600, expires_at=NOW + timedelta(hours=1))


async def until(is_so: object) -> None:
    async with asyncio.timeout(20):
        while not is_so():  # type: ignore[operator]
            await asyncio.sleep(0)


def listen(studio: Studio) -> list[Refusal]:
    heard: list[Refusal] = []
    studio.services.access.refused.connect(heard.append)
    return heard


async def signed_in(studio: Studio, key: str, name: str = "ada") -> None:
    studio.services.account.keep_in_memory(Secret(key), name)
    await studio.services.session.use_cloud(name)


def revoke(server: SandboxServer, key_id: str) -> None:
    server._on_loop(lambda: server.service.account.revoke(key_id))


# ---------------------------------------------------------------- refused


async def test_a_hundred_refused_jobs_are_one_question_and_all_go_on(tmp_path: Path) -> None:
    with SandboxServer(speed=0) as server:
        async with opened(tmp_path, addresses(server)) as studio:
            heard = listen(studio)
            await signed_in(studio, PLAIN)
            studio.services.jobs.parallel = 100
            await studio.make()
            revoke(server, "k_plain")
            services = studio.services
            (made,) = services.jobs.all()
            jobs = [
                replace(made, id=new_id(), request={**made.request, "seed": 100 + n}, state=JobState.QUEUED,
                        sent_at=None, finished_at=None, asset_id="", cost=None, attempts=0)
                for n in range(100)
            ]  # fmt: skip
            await services.jobs.submit(jobs)
            await until(lambda: heard and all(job.state is JobState.PAUSED for job in services.jobs.active()))
            assert services.jobs.paused_because == "account"
            assert sum(r["status"] == 401 for r in server.requests()) >= 100
            assert [refusal.reason for refusal in heard] == [Reason.REVOKED]
            assert "does not accept" not in " ".join(n.text for n in studio.services.notices.recent)

            services.jobs.parallel = 4
            await signed_in(studio, server.key)
            await until(lambda: services.jobs.paused_because == "")
            assert len(services.jobs.active()) >= 90
            assert not any(job.state is JobState.PAUSED for job in services.jobs.active())
            waiting = [job.id for job in services.jobs.active() if job.state is JobState.QUEUED]
            await services.jobs.cancel(waiting[4:])
            for job_id in waiting[:4]:
                await studio.until(job_id, JobState.DONE)
            assert len(heard) == 1
            assert studio.services.access.refusal is None
            assert studio.services.jobs.paused_because == ""


async def test_an_expired_key_is_told_as_one_also_after_a_restart(tmp_path: Path) -> None:
    with SandboxServer(speed=0) as server:
        async with opened(tmp_path, addresses(server)) as studio:
            await studio.services.profile.set_draft("account.end:ada", {"end": NOW.timestamp() - 10**8})
        async with opened(tmp_path, addresses(server)) as studio:
            heard = listen(studio)
            await signed_in(studio, EXPIRED)
            await until(lambda: heard)
            assert heard[0].reason is Reason.EXPIRED
            assert (heard[0].who, heard[0].source) == ("ada", KeySource.MEMORY)


async def test_a_key_nobody_knows(tmp_path: Path) -> None:
    with SandboxServer(speed=0) as server:
        async with opened(tmp_path, addresses(server)) as studio:
            heard = listen(studio)
            await signed_in(studio, "sk_nobodyKnowsThisOne", "new")
            await until(lambda: heard)
            assert heard[0].reason is Reason.UNKNOWN


async def test_the_answer_to_an_old_key_says_nothing_of_the_new_one(tmp_path: Path) -> None:
    with SandboxServer(speed=0) as server:
        async with opened(tmp_path, addresses(server)) as studio:
            heard = listen(studio)
            await signed_in(studio, PLAIN)
            revoke(server, "k_plain")
            server.faults([{"path": "/account/key", "latency": 0.2}])
            slow = asyncio.ensure_future(studio.services.session.client.account.key())
            await until(
                lambda: any(r["path"] == "/account/key" for r in server.requests()[-1:]) or slow.done()
            )
            studio.services.account.keep_in_memory(Secret(server.key), "ada")
            with pytest.raises(ApiAuthError):
                await slow
            assert not studio.services.account.state.rejected
            assert heard == []


async def test_who_lets_the_queue_go_on_is_asked_again(tmp_path: Path) -> None:
    with SandboxServer(speed=0) as server:
        async with opened(tmp_path, addresses(server)) as studio:
            heard = listen(studio)
            await signed_in(studio, PLAIN)
            revoke(server, "k_plain")
            await studio.services.session.refresh()
            await until(lambda: len(heard) == 1)
            await studio.services.jobs.resume()
            assert len(heard) == 2
            assert studio.services.jobs.paused_because == "account"


# ---------------------------------------------------------------- answers of chats


async def test_an_answer_waits_for_the_next_key(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        heard = listen(talk.studio)
        talk.server.faults([{"path": CHAT, "error": "invalid_key"}])
        await talk.chat.send(talk.conversation.id, ChatDraft(text="Tell me something."))
        await talk.until(lambda: len(heard) == 1)
        assert talk.studio.services.access.answers_waiting == 1
        (run,) = talk.chat._answers.running.values()
        assert run.live.waiting_for == "Waits for a key."
        assert await talk.studio.services.profile.spending() == []
        await talk.studio.services.session.refresh()
        answer = await talk.idle()
        assert answer.state is MessageState.COMPLETE
        assert answer.text
        (line,) = await talk.studio.services.profile.spending()
        assert line.entries == 1


async def test_an_answer_ends_when_the_user_decides_later(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        heard = listen(talk.studio)
        talk.server.faults([{"path": CHAT, "error": "invalid_key"}])
        await talk.chat.send(talk.conversation.id, ChatDraft(text="Tell me something."))
        await talk.until(lambda: len(heard) == 1 and talk.studio.services.access.answers_waiting == 1)
        talk.studio.services.access.put_off()
        answer = await talk.idle()
        assert answer.state is MessageState.FAILED
        assert answer.error is not None
        assert [command for command, _, _ in answer.error.actions] == ["sign_in", "retry"]


# ---------------------------------------------------------------- ending soon


@pytest.mark.parametrize(
    ("left", "queue", "danger"),
    [
        (None, 1e9, ""), (0, 100, ""), (-5, 100, ""), (90_000, 0, ""), (80_000, 0, "soon"),
        (80_000, 79_000, "soon"), (80_000, 81_000, "queue"), (10**6, 10**7, "queue"),
    ],
)  # fmt: skip
def test_what_a_key_threatens(left: float | None, queue: float, danger: str) -> None:
    assert danger_of(left, queue) == danger


async def test_a_key_that_ends_before_the_queue_is_told_once(tmp_path: Path) -> None:
    with SandboxServer(speed=0) as server:
        async with opened(tmp_path, addresses(server)) as studio:
            await signed_in(studio, server.key)
            account, notices = studio.services.account, studio.services.notices
            studio.services.jobs.pause("user")
            await studio.order(picture(), 4)
            account._set(replace(account.state, key=replace(KEY, expires_in=20), checked_steady=steady()))
            account._set(replace(account.state, checking=True))
            texts = [n.text for n in notices.recent if n.topic == "key-expiry"]
            assert texts == ["Your key ends before the queue does."]
            assert [action.id for action in notices.recent[-1].actions] == ["account.renew"]
            account._set(
                replace(
                    account.state, key=replace(KEY, name="Next", expires_in=7200), checked_steady=steady()
                )
            )
            assert notices.recent[-1].text == "Your key ends within a day."
            await studio.services.jobs.cancel([job.id for job in studio.services.jobs.active()])


# ---------------------------------------------------------------- clocks


@pytest.mark.parametrize(
    "set_by", [timedelta(0), timedelta(hours=-9), timedelta(days=400), -timedelta(days=40)]
)
def test_setting_the_clock_changes_nothing(set_by: timedelta) -> None:
    went_by = 600.0
    now = NOW + timedelta(seconds=went_by) + set_by
    assert seconds_left(KEY, NOW, went_by, now) == 3000
    assert seconds_left(replace(KEY, expires_in=None), NOW, went_by, now) == 3000


@given(st.integers(0, 10**7), st.floats(0, 10**7), st.integers(-(10**8), 10**8))
def test_what_is_left_never_grows(expires_in: int, went_by: float, set_by: int) -> None:
    key = replace(KEY, expires_in=expires_in)
    now = NOW + timedelta(seconds=went_by + set_by)
    first, later = seconds_left(key, NOW, went_by, now), seconds_left(key, NOW, went_by + 1, now)
    assert first is not None
    assert later is not None
    assert later < first <= expires_in


def test_a_key_without_an_end_has_none() -> None:
    endless = replace(KEY, expires_in=None, expires_at=None)
    assert seconds_left(endless, NOW, 1, NOW) is None
    assert seconds_left(None, NOW, 1, NOW) is None
    assert steady() <= steady()
