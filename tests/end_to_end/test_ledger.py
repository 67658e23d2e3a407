"""Mixed work with faults: the ledger and the service's bill agree to the last digit.

The suite orders forty things; `python -m tests.end_to_end.test_ledger 1000` orders the whole thousand.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from studio.domain.codec import to_json
from studio.domain.conversation import ChatDraft
from studio.domain.models import ModelInfo
from studio.domain.pricing import estimate
from studio.domain.reconciliation import Verdict
from studio.domain.speech import SpeechRequest
from studio.domain.spending import span_of
from studio.sandbox.server import SandboxServer
from studio.services.ordering import Order
from studio.services.transcription import Wishes
from tests.fakes.sounds import tone, write_sound
from tests.services.studio import Studio, connected, picture
from tests.services.talk import CHAT

JOBS = 40
IMAGE, SPEECH, HEARD = "/image/", "/v1/audio/speech", "/v1/audio/transcriptions"


def faults(jobs: int) -> list[dict[str, Any]]:
    """Every way to go wrong, spread over the requests: before the work, behind it, in its middle."""
    kinds: list[dict[str, Any]] = [
        {"path": IMAGE, "error": "model_rate_limit"}, {"path": IMAGE, "status": 500},
        {"path": IMAGE, "cut_after": 40}, {"path": IMAGE, "status": 504, "after_work": True},
        {"path": IMAGE, "error": "insufficient_balance"}, {"path": IMAGE, "stall_after": 60},
        {"path": SPEECH, "status": 500, "after_work": True}, {"path": SPEECH, "cut_after": 200},
        {"path": SPEECH, "error": "edge_rate_limit"}, {"path": HEARD, "status": 503},
        {"path": HEARD, "status": 500}, {"path": CHAT, "cut_after": 600},
        {"path": CHAT, "stream_error": "frame"}, {"path": CHAT, "status": 500},
        {"path": CHAT, "error": "insufficient_balance"}, {"path": CHAT, "error": "model_rate_limit"},
    ]  # fmt: skip
    spread = max(jobs // 100, 1)
    return [{**kind, "skip": 2 + turn * 7} for turn in range(spread) for kind in kinds]


def sound_order(kind: str, model: ModelInfo, number: int) -> Order:
    request = SpeechRequest(model=model.name, input=f"A short line, number {number}.", seed=number + 1)
    if kind == "speech":
        request = SpeechRequest(model=model.name, input=request.input, seed=number + 1, voice=model.voices[0])
    return Order(
        kind=kind, request=to_json(request), model=model, title=request.input, batch=f"b{number}",
        price=estimate(model, request),
    )  # fmt: skip


async def talk(studio: Studio, count: int) -> None:
    """Questions, four conversations at a time."""
    chat = studio.services.chat

    async def ask(number: int) -> None:
        conversation = await chat.create()
        await chat.set_options(conversation.id, model="openai")
        await chat.send(conversation.id, ChatDraft(text=f"What is {number} times three?"))
        while chat.is_streaming(conversation.id):
            await asyncio.sleep(0.005)

    for first in range(0, count, 4):
        await asyncio.gather(*(ask(number) for number in range(first, min(first + 4, count))))


async def order_all(studio: Studio, folder: Path, jobs: int) -> None:
    """Half pictures; a tenth each of speech, music and transcripts; the rest, a fifth, are questions."""
    services = studio.services
    for first in range(0, jobs // 2, 50):
        plan = services.create.plan(picture(f"reeds {first}", first + 1), min(50, jobs // 2 - first))
        assert not plan.problem, plan.problem
        await services.create.submit(plan)
    speaker = next(model for model in services.catalogue.models if model.speaks and model.voices)
    player = next(model for model in services.catalogue.models if model.makes_music)
    tenth = jobs // 10
    orders = [sound_order("speech", speaker, n) for n in range(tenth)]
    orders += [sound_order("music", player, 1000 + n) for n in range(tenth)]
    ears = services.catalogue.find("whisper-large-v3")
    assert ears is not None
    for number in range(tenth):
        sound = write_sound(folder / f"talk{number}.wav", tone(0.4 + number / 100, hertz=200.0 + number))
        _asset, recording = await services.transcription.take_file(sound)
        orders.append(services.transcription.order(recording, Wishes(), ears))
    await services.audio.submit(services.audio.plan(orders))


async def until_done(studio: Studio) -> None:
    """The queue empties; what stopped for want of money goes on."""
    jobs = studio.services.jobs
    while jobs.active():
        if jobs.paused_because == "account":
            await jobs.resume()
        await asyncio.sleep(0.02)


async def agrees(folder: Path, jobs: int) -> str:
    """Order, wait, compare; what came of it in a line."""
    with SandboxServer(speed=0, balance=100_000) as server:
        async with connected(folder, server) as studio:
            services = studio.services
            services.settings.change("connection", parallel_jobs=6)
            server.faults(faults(jobs))
            await asyncio.gather(order_all(studio, folder, jobs), talk(studio, jobs // 5))
            await until_done(studio)
            server.clear_faults()
            while server.state().get("running"):
                await asyncio.sleep(0.05)

            now = datetime.now(UTC)
            span = span_of("7", now.date())
            first = await services.spending.compare(span)
            found = await services.spending.compare(span, now=now + timedelta(hours=2))
            charges = server.service.account.ledger
            billed = sum((charge.cost for charge in charges), Decimal(0))
            lines = await services.profile.ledger_lines()
            verdicts = Counter(match.verdict for match in found.result.matches)
            told = [(m.verdict, m.line and (m.line.kind, m.line.state), m.here, m.billed)
                    for m in found.result.matches
                    if m.verdict in (Verdict.DIFFERS, Verdict.UNKNOWN, Verdict.WAITING)]  # fmt: skip
            assert not told, told
            assert sum((line.amount for line in lines), Decimal(0)) == billed == found.result.billed
            assert not any(line.is_open for line in lines)
            assert len(charges) == sum(len(match.rows) for match in found.result.matches)
            assert len(charges) >= jobs * 0.85
            kinds = Counter(line.kind for line in lines)
            assert set(kinds) == {"image", "speech", "music", "transcription", "text"}
            return f"{len(charges)} charges, {billed} pollen, {first.settled} settled, {verdicts}, {kinds}"


async def test_ledger_and_bill_agree_to_the_last_digit(tmp_path: Path) -> None:
    assert "charges" in await agrees(tmp_path, JOBS)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        print(asyncio.run(agrees(Path(name), int(sys.argv[1]))))
