"""Everything that the sandbox can make go wrong, through the real client, queue and library: what the user is
told, word by word, and that nothing is lost, paid twice or left lying about.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from studio.api.errors import ApiError
from studio.domain.chat import ChatMessage, ChatRequest, Finished, TextDelta
from studio.domain.job import Job, JobState
from studio.sandbox.errors import CODES, Shape
from studio.sandbox.faults import NAMED, BodyKind, Fault
from studio.sandbox.server import SandboxServer
from tests.services.studio import Studio, bills, connected, picture

JsonObject = dict[str, Any]
PATIENT = [2.0, 4.0, 8.0]


@dataclass(frozen=True)
class Words:
    """What the user reads when nothing helps, and where the job stands then.

    Args:
        actions: ids of what is offered.
        waits: seconds before each repetition of the identical request.
        holds: the job waits for the user instead of failing.
    """

    title: str
    detail: str
    actions: tuple[str, ...] = ()
    waits: tuple[float, ...] = ()
    holds: bool = False


RETRIED = tuple(PATIENT)
NO_POLLEN = Words(
    "There is not enough pollen for this.",
    "Top up, or choose a cheaper model.",
    ("choose_model",),
    holds=True,
)
NO_KEY = Words(
    "The service does not accept your key.",
    "The key is missing, mistyped, expired or was revoked. Sign in again to get a new one.",
    ("sign_in",),
    holds=True,
)
REFUSED = Words(
    "The service refused this prompt or picture.",
    "Say it differently, or choose another model.",
    ("edit_prompt", "choose_model"),
)
FORBIDDEN = Words("Your key may not do this.", "Sign in again and allow it.", ("sign_in",))
TOO_LARGE = Words(
    "This is too large for the service.", "Make the file smaller or the text shorter, then try again."
)
# The queue waits as often as it is asked to, until that is of no use; then it waits for the user.
TOO_MANY = Words(
    "Too many requests at once.", "Wait 60 seconds, then try again.", ("retry",), (60.0,) * 5, holds=True
)
AN_HOUR = Words(
    "This kind of key may spend only a little each hour.",
    "Wait 30 minutes, then try again.",
    ("retry",),
    (1800.0,) * 5,
    holds=True,
)
THEIR_PROBLEM = Words(
    "The service has a problem.", "It is on their side. Try again in a moment.", ("retry",), (2.0,)
)
UNAVAILABLE = Words("The service is not available right now.", "Try again in a moment.", ("retry",), RETRIED)
SLOW = Words(
    "The service is taking longer than usual.",
    "It goes on working. Trying again picks up its result; you pay once.",
    ("retry",),
    RETRIED,
)
MODEL_FAILED = Words(
    "The model failed.",
    "Try again in a moment, or choose another model.",
    ("retry", "choose_model"),
    RETRIED,
)
BROKEN_OFF = Words(
    "The connection broke off.", "Trying again picks up its result; you pay once.", ("retry",), RETRIED
)
NO_ANSWER = Words(
    "The service did not answer in time.",
    "It may still be working. Trying again picks up its result; you pay once.",
    ("retry",),
    RETRIED,
)
SOMETHING_ELSE = Words(
    "The service's answer cannot be read.",
    "It is something else than was asked for. Try again, or choose another model.",
    ("retry",),
)
NOT_OFFERED = Words(
    "The service does not offer this.", "Update Nectary, or choose another model.", ("choose_model",)
)

BY_STATUS: dict[int, Words] = {
    400: Words("The service did not accept the request.", "Change the prompt or a setting, then try again."),
    401: NO_KEY,
    402: NO_POLLEN,
    403: FORBIDDEN,
    404: Words("The service did not find this.", "It is gone, or the service does not offer it."),
    405: NOT_OFFERED,
    408: Words(
        "The request took too long to arrive.",
        "Check the network connection, then try again.",
        ("retry",),
        RETRIED,
    ),
    409: Words("The service already has this under another name.", "Choose another name, then try again."),
    410: Words("The service no longer offers this.", "Choose another model.", ("choose_model",)),
    413: TOO_LARGE,
    415: Words("The service does not take this type of file.", "Save it in another format, then try again."),
    422: REFUSED,
    426: NOT_OFFERED,
    429: TOO_MANY,
    500: THEIR_PROBLEM,
    502: MODEL_FAILED,
    503: UNAVAILABLE,
    504: SLOW,
    520: UNAVAILABLE,
    521: UNAVAILABLE,
    522: SLOW,
    523: UNAVAILABLE,
    524: SLOW,
}

BY_NAME: dict[str, Words] = {
    "missing_key": NO_KEY,
    "invalid_key": NO_KEY,
    "insufficient_balance": Words(
        "There is not enough pollen for this.",
        "It costs about 0.32 pollen; 0.01 is left.",
        ("open_link", "choose_model"),
        holds=True,
    ),
    "key_budget": Words(
        "This key's budget is used up.",
        "It costs about 0.04 pollen; 0.0012 is left in the key's budget.",
        ("open_link",),
        holds=True,
    ),
    "quest_pollen_only": Words(
        "This model needs paid pollen.",
        "Free pollen cannot be spent on it. Top up, or choose another model.",
        ("open_link", "choose_model"),
        holds=True,
    ),
    "payment_required": NO_POLLEN,
    "model_not_allowed": Words(
        "Your key does not include the model “claude-large”.",
        "Choose another model, or sign in and allow it.",
        ("choose_model", "sign_in"),
    ),
    "account_scope": FORBIDDEN,
    "banned": Words("Your account is suspended.", "Ask the people who run the service why."),
    "image_download": Words(
        "A reference picture could not be fetched.",
        "Check that its address opens in a browser, or add the picture as a file.",
    ),
    "safety_blocked": Words(
        REFUSED.title, f"The safety filter found: violence. {REFUSED.detail}", REFUSED.actions
    ),
    "safety_invalid": Words("The service does not know this safety setting.", "Choose another one."),
    "safety_unavailable": UNAVAILABLE,
    "content_policy": REFUSED,
    "edge_rate_limit": TOO_MANY,
    "model_rate_limit": Words(
        "This model takes only so many requests a minute.",
        "Wait 1 second, then try again.",
        ("retry",),
        (1.0,) * 5,
        holds=True,
    ),
    "publishable_rate_limit": AN_HOUR,
    "body_limit": TOO_LARGE,
    "internal": THEIR_PROBLEM,
    "account_unavailable": THEIR_PROBLEM,
    "provider_busy": Words(
        "This model is busy.",
        "Try again in a moment, or choose another model.",
        ("retry", "choose_model"),
        RETRIED,
    ),
    "unavailable": UNAVAILABLE,
    "coordinator": UNAVAILABLE,
    "gateway_timeout": SLOW,
    "cloudflare_524": SLOW,
}

# After the work: it is billed, and only the answer is lost.
AFTER_THE_WORK: dict[str, tuple[JsonObject, Words]] = {
    "after_work": ({"status": 504, "after_work": True}, SLOW),
    "after_work_reset": ({"error": "internal", "after_work": True}, THEIR_PROBLEM),
    "cut_at_once": ({"cut_after": 0}, BROKEN_OFF),
    "cut": ({"cut_after": 900}, BROKEN_OFF),
    "stalled": ({"stall_after": 900}, NO_ANSWER),
    "truncated": (
        {"body": "truncated"},
        Words("The picture arrived damaged.", "It could not be decoded to its end. Try again."),
    ),
    "placeholder": (
        {"body": "placeholder"},
        Words("The service sent a stand-in picture.", "It may be busy. Try again later."),
    ),
    "html": (
        {"body": "html"},
        Words(
            "The service's answer cannot be read.",
            "A web page came back. Some networks show a sign-in page first: open one in your browser.",
            ("retry",),
        ),
    ),
    "json": ({"body": "json"}, SOMETHING_ELSE),
    "empty": (
        {"body": "empty"},
        Words(
            "The file did not arrive whole.", "Trying again picks it up; you pay once.", ("retry",), RETRIED
        ),
    ),
    "wrong_type": ({"content_type": "application/json"}, SOMETHING_ELSE),
}
# Before the work: nothing is billed.
NOT_A_PICTURE = Words(
    "The result is not a picture.", "Its format is unknown. Try again, or choose another model."
)
BEFORE_THE_WORK: dict[str, tuple[JsonObject, Words]] = {
    "reset": ({"reset": True}, BROKEN_OFF),
    "latency": ({"latency": 20, "status": 500}, NO_ANSWER),
    "huge": ({"huge": 3_000_000}, NOT_A_PICTURE),
    "huge_picture": ({"huge": 3_000_000, "content_type": "image/jpeg"}, NOT_A_PICTURE),
}
# What only takes its time, or claims something wrong, does no harm.
HARMLESS: dict[str, JsonObject] = {
    "late": {"latency": 0.05},
    "held": {"hold": 0.05},
    "slow": {"byte_latency": 0.005, "piece": 800},
    "wrong_name": {"content_type": "text/plain"},
}
STREAMS: dict[str, Words] = {
    "frame": MODEL_FAILED,
    "choice": MODEL_FAILED,
    "no_done": Words("The answer broke off.", "What arrived is kept. You can continue or ask again."),
    "content_filter": Words("", ""),
}


@pytest.fixture
def sandbox() -> Generator[SandboxServer]:
    with SandboxServer(speed=0) as server:
        yield server


@asynccontextmanager
async def fresh(folder: Path, server: SandboxServer) -> AsyncGenerator[Studio]:
    async with connected(folder, server) as studio:
        yield studio


async def meet(studio: Studio, server: SandboxServer, fault: JsonObject, words: Words, seed: int = 7) -> None:
    """One picture while the fault lasts, and the same one once it is over."""
    paid, seen = len(bills(server)), len(server.requests())
    studio.waits.clear()
    server.faults([{"path": "/image/", "count": None, **fault}])
    job = await studio.make(picture(seed=seed))
    check_told(studio, job, words)
    assert await studio.journal(job.id) == job
    assert studio.incoming() == [], "no half file is left"
    server.clear_faults()

    if words.holds:
        # As after topping up or signing in: the account is asked again, then the queue goes on.
        await studio.services.session.refresh()
        await studio.services.jobs.resume()
    else:
        await studio.services.jobs.retry([job.id])
    done = await studio.until(job.id, JobState.DONE, JobState.FAILED)
    assert done.state is JobState.DONE
    assert done.error is None
    assert studio.incoming() == []
    assert len(bills(server)) == paid + 1, "paid once"
    sent = [r for r in server.requests()[seen:] if r["path"].startswith("/image/a heron")]
    assert len({(r["path"], tuple(r["query"].items())) for r in sent}) == 1, "the identical request each time"
    assert len(await studio.services.library.of_job(job.id)) == 1
    studio.services.notices.recent.clear()


def check_told(studio: Studio, job: Job, words: Words) -> None:
    assert job.error is not None
    told = job.error
    assert (told.title, told.detail) == (words.title, words.detail)
    check_plain(f"{told.title} {told.detail}")
    assert tuple(action.id for action in told.actions) == words.actions
    assert studio.waits == pytest.approx(words.waits)
    assert job.state is (JobState.PAUSED if words.holds else JobState.FAILED)
    notices = [(notice.text, notice.detail) for notice in studio.services.notices.recent]
    asked = studio.services.access.refusal is not None
    assert asked == (told.status == 401), "a refused key is a question, not a notice"
    assert notices == ([(words.title, words.detail)] if words.holds and not asked else []), "told once"
    assert studio.services.notices.bugs == []


def check_plain(text: str) -> None:
    """Plain, short, friendly: no addresses, no numbers of errors, no words of machines, nothing twice."""
    assert not re.search(
        r"(?i)https?:|www\.|\b[1-5]\d\d\b|[A-Z]{2,}_|_|[{}<>!|]|upstream|api|json|http", text
    )
    assert len(text) < 170
    sentences = re.split(r"(?<=[.?])\s+", text.strip())
    assert len(sentences) == len(set(sentences)) <= 4
    assert all(sentence[0].isupper() and sentence.endswith(".") for sentence in sentences), sentences


@pytest.mark.parametrize("shape", get_args(Shape))
async def test_every_status_in_every_shape(tmp_path: Path, sandbox: SandboxServer, shape: str) -> None:
    async with fresh(tmp_path, sandbox) as studio:
        for seed, (status, words) in enumerate(BY_STATUS.items(), 1):
            if shape == "publishable":
                words = in_publishable_shape(status, words)
            await meet(studio, sandbox, {"status": status, "shape": shape}, words, seed)


def in_publishable_shape(status: int, words: Words) -> Words:
    """That shape names half an hour, which is longer than anything waits by itself."""
    if status == 429:
        return replace(AN_HOUR, waits=(1799.42,) * 5)
    if words.waits == RETRIED and status >= 500:
        return Words(words.title, words.detail, words.actions)
    return words


async def test_every_refusal_by_name(tmp_path: Path, sandbox: SandboxServer) -> None:
    async with fresh(tmp_path, sandbox) as studio:
        for seed, (name, words) in enumerate(BY_NAME.items(), 1):
            await meet(studio, sandbox, {"error": name}, words, seed)


async def test_links_of_the_service_become_buttons(tmp_path: Path, sandbox: SandboxServer) -> None:
    pages = {
        "insufficient_balance": ("Top up", "/top-up?ref=agent_low_balance_topup"),
        "key_budget": ("Raise the budget", "/edit-key?id=k_main&ref=agent_key_budget"),
        "quest_pollen_only": ("Top up", "/top-up"),
    }
    async with fresh(tmp_path, sandbox) as studio:
        for name, (label, page) in pages.items():
            sandbox.faults([{"path": "/image/", "error": name}])
            job = await studio.make()
            assert job.error is not None
            action = job.error.actions[0]
            assert (action.label, action.argument) == (label, sandbox.enter_url + page)
            await studio.services.jobs.resume()
            await studio.until(job.id, JobState.DONE)


@pytest.mark.parametrize("name", AFTER_THE_WORK)
async def test_an_answer_lost_after_the_work(tmp_path: Path, sandbox: SandboxServer, name: str) -> None:
    fault, words = AFTER_THE_WORK[name]
    async with fresh(tmp_path, sandbox) as studio:
        await meet(studio, sandbox, fault, words)


@pytest.mark.parametrize("name", BEFORE_THE_WORK)
async def test_a_break_before_the_work(tmp_path: Path, sandbox: SandboxServer, name: str) -> None:
    fault, words = BEFORE_THE_WORK[name]
    async with fresh(tmp_path, sandbox) as studio:
        await meet(studio, sandbox, fault, words)


@pytest.mark.parametrize("name", HARMLESS)
async def test_what_does_no_harm(tmp_path: Path, sandbox: SandboxServer, name: str) -> None:
    async with fresh(tmp_path, sandbox) as studio:
        sandbox.faults([{"path": "/image/", **HARMLESS[name]}])
        job = await studio.make()
        assert (job.state, studio.waits, len(bills(sandbox))) == (JobState.DONE, [], 1)


@pytest.mark.parametrize(
    "fault",
    [
        {"error": "provider_busy"},
        {"error": "internal"},
        {"reset": True},
        {"cut_after": 900},
        {"body": "empty"},
        {"status": 524, "shape": "html", "after_work": True},
    ],
    ids=str,
)
async def test_what_passes_is_waited_for_without_a_word(
    tmp_path: Path, sandbox: SandboxServer, fault: JsonObject
) -> None:
    async with fresh(tmp_path, sandbox) as studio:
        notes: list[str] = []
        studio.services.jobs.changed.connect(
            lambda job: notes.append(job.note) if job.state is JobState.WAITING else None
        )
        sandbox.faults([{"path": "/image/", **fault}])
        job = await studio.make()
        assert (job.state, job.note) == (JobState.DONE, "")
        assert len(studio.waits) == len(bills(sandbox)) == 1
        assert len(notes) == 1
        check_plain(notes[0])
        assert not studio.services.notices.recent
        assert job.cost == Decimal(bills(sandbox)[0]["billed"])


async def test_a_redirect_to_another_host_does_not_get_the_key(
    tmp_path: Path, sandbox: SandboxServer
) -> None:
    words = Words("The service passed the request on, and it was refused there.", "", ("retry",))
    with SandboxServer(speed=0) as stranger:
        async with fresh(tmp_path, sandbox) as studio:
            await meet(studio, sandbox, {"redirect": f"{stranger.base_url}/image/x?model=flux&seed=1"}, words)
        assert {request["key"] for request in stranger.requests()} == {None}
        assert stranger.requests()


async def test_a_broken_stream_tells_and_is_not_sent_again(tmp_path: Path, sandbox: SandboxServer) -> None:
    async with fresh(tmp_path, sandbox) as studio:
        for kind, words in STREAMS.items():
            sandbox.faults([{"path": "/v1/chat", "stream_error": kind, "stream_after": 3}])
            before = len(sandbox.requests())
            text, ended, told = await listen(studio)
            assert text, "what came stays"
            if words.title:
                assert told is not None
                assert (told.title, told.detail) == (words.title, words.detail)
                check_plain(str(told))
            else:
                assert told is None
                assert ended == "content_filter"
            assert len(sandbox.requests()) == before + 1
            assert studio.waits == []


async def listen(studio: Studio) -> tuple[str, str, ApiError | None]:
    """What a streamed answer brought: text, why it ended, and the error that ended it."""
    request = ChatRequest(messages=(ChatMessage(role="user", content="Tell me of herons"),), model="openai")
    text, ended = "", ""
    try:
        async for event in studio.services.session.client.text.stream(request):
            if isinstance(event, TextDelta):
                text += event.text
            elif isinstance(event, Finished):
                ended = event.reason
    except ApiError as error:
        return text, ended, error
    return text, ended, None


def test_no_fault_is_forgotten() -> None:
    """Whatever the sandbox learns to break has to be met here."""
    extra = {"count", "skip", "path", "method", "model", "code", "message", "details", "headers"}
    # `says` plays recorded streams to the chat (test_chat.py, test_chat_answers.py, test_chat_tools.py).
    # `at_once` paces the streams that the benchmark measures (docs/benchmarks.md).
    met: set[str] = {
        "error",
        "status",
        "shape",
        "redirect",
        "stream_error",
        "stream_after",
        "says",
        "at_once",
    }
    for fault, _words in (*AFTER_THE_WORK.values(), *BEFORE_THE_WORK.values()):
        met |= set(fault)
    for fault in HARMLESS.values():
        met |= set(fault)
    assert {item.name for item in fields(Fault)} == met | extra
    assert set(BY_NAME) == set(NAMED)
    assert set(BY_STATUS) >= set(CODES)
    bodies = {fault["body"] for fault, _words in AFTER_THE_WORK.values() if "body" in fault}
    assert bodies == set(get_args(BodyKind))
    assert {"", *STREAMS} == set(get_args(get_type_hints(Fault)["stream_error"]))
