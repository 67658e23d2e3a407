"""From a job to a file with its provenance and its line in the ledger."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from studio.core.errors import StudioError
from studio.domain.codec import to_json
from studio.domain.image import VideoRequest
from studio.domain.job import Job, JobState
from studio.domain.media import MediaKind
from studio.domain.models import ModelInfo, Pricing
from studio.domain.service import Usage
from studio.sandbox.server import SandboxServer
from studio.services.job_records import cost_of
from studio.services.visual_jobs import read_request
from tests.services.studio import bills, connected, picture


async def test_a_picture_with_everything_that_is_known_of_it(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with connected(tmp_path, server) as studio:
            job = await studio.make(replace(picture(), negative_prompt="people"))
            asset = await studio.services.library.asset(job.asset_id)
            assert asset is not None
            assert (asset.kind, asset.width, asset.height) == (MediaKind.IMAGE, 96, 96)
            assert (asset.prompt, asset.negative_prompt) == ("a heron in the reeds", "people")
            told = asset.provenance
            assert (told.job_id, told.request, told.seed) == (job.id, job.request, 7)
            assert (told.cost, told.cost_source) == (Decimal(bills(server)[0]["billed"]), "header")
            assert told.request_id == bills(server)[0]["request_id"]
            assert told.model_info["name"] == job.model
            assert not told.sandbox
            sidecar = json.loads(studio.services.library.sidecar_path(asset).read_bytes())
            assert sidecar["provenance"]["request"] == job.request


async def test_a_film(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with connected(tmp_path, server) as studio:
            model = next(m for m in studio.services.catalogue.models if "video" in m.output_modalities)
            request = VideoRequest(prompt="reeds in the wind", model=model.name, seed=3, duration=None)
            plan = studio.services.create.plan(request, 1)
            (job,) = await studio.services.create.submit(plan)
            done = await studio.until(job.id)
            assert done.state is JobState.DONE, done.error
            assert done.kind == "video"
            asset = await studio.services.library.asset(done.asset_id)
            assert asset is not None
            assert asset.kind is MediaKind.VIDEO
            assert asset.duration


async def test_a_refusal_before_the_work_costs_nothing(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with connected(tmp_path, server) as studio:
            server.faults([{"path": "/image/", "error": "content_policy"}])
            assert (await studio.make()).state is JobState.FAILED
            assert await studio.services.profile.spending() == []


async def test_the_ledger_holds_the_estimate_until_the_bill_is_known(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with connected(tmp_path, server) as studio:
            server.faults([{"path": "/image/", "count": None, "status": 504, "after_work": True}])
            job = await studio.make()
            (line,) = await studio.services.profile.spending()
            assert (line.amount, line.open) == (job.estimate, 1)
            server.clear_faults()
            await studio.services.jobs.retry([job.id])
            done = await studio.until(job.id, JobState.DONE)
            (line,) = await studio.services.profile.spending()
            assert (line.amount, line.open, line.entries) == (done.cost, 0, 1)


def job_of(request: dict[str, object], model_info: dict[str, object] | None = None) -> Job:
    return Job(
        id="j", kind="image", request=request, created_at=datetime.now(UTC), model_info=model_info or {},
        estimate=Decimal("0.5"),
    )  # fmt: skip


def test_a_journal_entry_nobody_can_read_is_told() -> None:
    with pytest.raises(StudioError, match="cannot be read"):
        read_request(job_of({"prompt": 3}))
    assert read_request(job_of(to_json(picture()))) == picture()


def test_the_cost_comes_from_the_best_source() -> None:
    job = job_of(to_json(picture()))
    nothing = Usage()
    assert cost_of(job, picture(), Decimal("0.1"), nothing) == (Decimal("0.1"), "header")
    assert cost_of(job, picture(), None, nothing) == (Decimal("0.5"), "estimate")
    model = ModelInfo(name="flux", pricing=Pricing(rates={"completionImageTokens": Decimal("0.2")}))
    priced = job_of(to_json(picture()), to_json(model))
    used = Usage(amounts={"completionImageTokens": Decimal(2)})
    assert cost_of(priced, picture(), None, used) == (Decimal("0.4"), "usage")
