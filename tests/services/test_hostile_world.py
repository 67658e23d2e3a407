"""The services together, with a service and a user that do not mean well."""

from __future__ import annotations

import time
from decimal import Decimal
from pathlib import Path

import pytest

from studio.domain.job import JobState
from studio.domain.library import LibraryQuery
from studio.sandbox.server import SandboxServer
from studio.services.create import MAX_BATCH
from tests.api.loopback import Received, Reply, reply_json, serve
from tests.library.makers import encoded
from tests.services.studio import addresses, bills, connected, opened, picture


def hostile(request: Received) -> Reply:
    """One model without a price, one picture with a bill that nobody could pay."""
    if request.path == "/image/models":
        return reply_json([{"name": "flux", "output_modalities": ["image"], "pricing": {"image": "1e999"}}])
    if request.path.endswith("/models"):
        return reply_json([])
    if request.path.startswith("/image/"):
        headers = {
            "content-type": "text/html" if "page" in request.path else "image/png",
            "x-pollen-cost": "1e30",
            "x-usage-completion-image-tokens": "1e999999",
            "x-model-used": "../../" + "x" * 500,
            "content-disposition": 'attachment; filename="../../../../tmp/evil.sh"',
            "set-cookie": "a=b; Domain=.example",
            "content-location": "file:///etc/passwd",
        }
        return Reply(headers=headers, body=encoded(number=len(request.path)))
    return reply_json({"balance": "1e30", "valid": True, "pollenBudget": "NaN"})


async def test_a_picture_with_an_absurd_bill_is_kept_and_the_budget_stands(tmp_path: Path) -> None:
    async with serve(hostile) as server:
        names = ("BASE", "ENTER", "MEDIA", "LEGACY")
        environment = {f"POLLINATIONS_{name}_URL": server.url for name in names}
        async with opened(tmp_path, {**environment, "POLLINATIONS_API_KEY": "sk_hostileService"}) as studio:
            await studio.services.session.use_cloud("")
            studio.services.settings.change("money", day_budget=1.0)
            for seed in (1, 2):
                job = await studio.make(picture(f"heron {'x' * seed}", seed))
                assert job.state is JobState.DONE, job.error
            rows = await studio.services.library.row_ids(LibraryQuery())
            assert len(rows) == 2
            spent = await studio.services.profile.spending()
            assert sum((line.amount for line in spent), Decimal(0)) < 1
        assert not studio.services.notices.bugs
    assert not list(tmp_path.rglob("*.sh"))


@pytest.mark.parametrize("key", ["sk_ключ", "sk_a\nb", "\x00"])
async def test_a_damaged_key_of_the_environment_is_told(tmp_path: Path, key: str) -> None:
    with SandboxServer() as server:
        async with opened(tmp_path, addresses(server, POLLINATIONS_API_KEY=key)) as studio:
            await studio.services.session.use_cloud("")
            assert studio.services.session.state.problem
            assert not studio.services.notices.bugs
        assert not [entry for entry in server.requests() if entry["key"]]


@pytest.mark.parametrize("count", [-1, 0, MAX_BATCH + 1, 10**12])
async def test_an_absurd_count_is_refused_at_once(tmp_path: Path, count: int) -> None:
    with SandboxServer() as server:
        async with connected(tmp_path, server) as studio:
            started = time.thread_time()
            plan = studio.services.create.plan(picture(), count)
            assert time.thread_time() - started < 0.5
            assert plan.field == "count"


PROMPTS = {
    "a megabyte": "heron " * 170_000,
    "NUL": "a\0b",
    "a path": "../../etc/passwd",
    "direction": "\u202eabc",
    "markup": "<script>alert(1)</script>",
    "query": "a?model=evil&seed=3#x",
    "percent": "%2e%2e%2f%00",
    "quotes": "'; drop table assets; --",
}


@pytest.mark.parametrize("name", PROMPTS)
async def test_any_prompt_ends_in_a_picture_or_a_sentence(tmp_path: Path, name: str) -> None:
    with SandboxServer() as server:
        async with connected(tmp_path, server) as studio:
            job = await studio.make(picture(PROMPTS[name]))
            assert not studio.services.notices.bugs
            if job.state is JobState.DONE:
                asset = await studio.services.library.asset(job.asset_id)
                assert asset is not None
                assert asset.prompt == PROMPTS[name]
                assert studio.services.library.file_path(asset).is_relative_to(tmp_path)
            else:
                assert job.error is not None
                assert "Something went wrong" not in job.error.title
            assert len(bills(server)) <= 1


@pytest.mark.parametrize("prompt", ["", " ", "\n\t", ".", "..", "../..", " . / . ", "a \ud800 b"])
async def test_a_prompt_of_nothing_is_refused_before_anything_is_sent(tmp_path: Path, prompt: str) -> None:
    with SandboxServer() as server:
        async with connected(tmp_path, server) as studio:
            assert studio.services.create.plan(picture(prompt), 1).field == "prompt"
