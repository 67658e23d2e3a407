"""Sums, comparison and evidence over real services; tables for other programs."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from studio.api.account import parse_usage_csv
from studio.domain.account import UsageRow
from studio.domain.job import JobState
from studio.domain.models import ModelInfo
from studio.domain.reconciliation import Match, Verdict
from studio.domain.spending import DaySpan, LedgerLine, span_of
from studio.sandbox.server import SandboxServer
from studio.services.evidence import CAUSES, bundle
from studio.services.spending import kind_of_model
from studio.services.spending_tables import ledger_csv, matches_csv, plain, usage_csv
from tests.services.billing import fill
from tests.services.studio import connected, picture

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
AMOUNTS = st.integers(0, 10**18).map(lambda n: Decimal(n).scaleb(-12))


async def test_sums_of_both_sides_agree_with_what_was_billed(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    with SandboxServer(speed=0) as server:
        async with connected(tmp_path, server) as studio:
            for job in await studio.order(picture(), 4):
                await studio.until(job.id, JobState.DONE)
            spending = studio.services.spending
            span = span_of("30", now.date() + timedelta(days=1))
            ours, theirs = await spending.of_ledger(span, UTC), await spending.of_account(span)
            billed = sum(charge.cost for charge in server.service.account.ledger)
            assert sum(c.amount for c in ours.cells) == sum(c.amount for c in theirs.cells) == billed
            assert {cell.model for cell in ours.cells} == {cell.model for cell in theirs.cells}
            assert {cell.kind for cell in ours.cells} == {cell.kind for cell in theirs.cells} == {"image"}
            assert await spending.earliest() is not None
            own = await spending.of_key(span)
            assert sum(cell.amount for cell in own.cells) == billed


async def test_a_comparison_names_what_differs_and_settles_estimates(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    with SandboxServer(speed=0) as server:
        async with connected(tmp_path, server) as studio:
            services = studio.services
            server.faults([{"path": "/image/", "status": 504, "after_work": True, "count": None}])
            lost = await studio.make(picture("lost", 5))
            assert lost.state is JobState.FAILED
            server.clear_faults()
            async with asyncio.timeout(20):
                while not server.service.account.ledger:
                    await asyncio.sleep(0.01)
            await studio.make(picture("kept", 6))
            fill(server, [now - timedelta(minutes=n) for n in range(6)], other_key=2)
            heard: list[int] = []
            found = await services.spending.compare(span_of("7", now.date()), tell=heard.append)
            counts = {verdict: found.result.count(verdict) for verdict in Verdict}
            assert counts[Verdict.FAILED] == 1
            assert counts[Verdict.AGREES] == 1
            assert counts[Verdict.ELSEWHERE] == 3
            assert counts[Verdict.UNKNOWN] == 3
            assert (found.settled, heard[-1]) == (1, 8)
            lines = await services.profile.ledger_lines()
            assert {line.cost_source for line in lines} == {"service", "header"} or all(
                line.cost is not None for line in lines
            )
            again = await services.spending.compare(span_of("7", now.date()))
            assert again.settled == 0
            assert sum(line.amount for line in lines) == sum(
                m.billed for m in again.result.matches if m.line is not None
            )

            failed = [m for m in again.result.matches if m.verdict is Verdict.FAILED]
            target = tmp_path / "evidence.zip"
            for prompts in (False, True):
                await services.evidence.write(target, failed, who="ada", prompts=prompts)
                with zipfile.ZipFile(target) as archive:
                    names, (detail,) = archive.namelist(), json.loads(archive.read("details.json"))
                    whole = b"".join(archive.read(name) for name in names).decode()
                assert detail["error"]["status"] == 504
                assert detail["attempts"] == 1
                assert detail["billed"][0]["pollen"] == "0.002"
                assert ("lost" in json.dumps(detail.get("request", ""))) is prompts
                assert server.key not in whole
            assert names == ["README.txt", "requests.csv", "billed-by-the-service.csv", "details.json"]


def test_a_bundle_holds_no_key_whatever_it_was_given() -> None:
    key = "sk_" + "a1B2" * 8
    line = LedgerLine(id="1", time=NOW, state="failed", error=f"refused {key}", cost=Decimal("0.1"))
    match = Match(verdict=Verdict.FAILED, line=line)
    details = [{"headers": {"x": f"Bearer {key}"}}]
    with zipfile.ZipFile(io.BytesIO(bundle([match], details, who=key, now=NOW))) as archive:
        text = "".join(archive.read(name).decode() for name in archive.namelist())
    assert key not in text
    assert set(CAUSES) == set(Verdict)
    assert bundle([], [], who="", now=NOW)


@given(st.lists(st.tuples(AMOUNTS, st.text(max_size=12), st.integers(0, 10**6)), max_size=15))
def test_a_table_keeps_every_digit(entries: list[tuple[Decimal, str, int]]) -> None:
    rows = [
        UsageRow(timestamp=NOW, type="generate.text", model=f"m{model.strip()}", cost_usd=cost,
                 input_text_tokens=tokens)
        for cost, model, tokens in entries
    ]  # fmt: skip
    read = list(csv.DictReader(io.StringIO(usage_csv(rows))))
    assert [Decimal(row["cost_usd"]) for row in read] == [cost for cost, _, _ in entries]
    back = parse_usage_csv(usage_csv(rows))
    assert [row.input_text_tokens for row in back] == [tokens for _, _, tokens in entries]


def test_a_spreadsheet_carries_nothing_out() -> None:
    line = LedgerLine(id="1", time=NOW, model="=HYPERLINK(1)", error="@SUM(A1)", cost=Decimal("1E-12"))
    table = ledger_csv([line])
    assert "'=HYPERLINK(1)" in table
    assert "'@SUM(A1)" in table
    assert "0.000000000001" in table
    assert plain(Decimal("-0.5")) == "-0.5"
    matches = matches_csv([Match(verdict=Verdict.WAITING, line=line)])
    assert matches.splitlines()[1].startswith("waiting,2026-11-20T12:00:00+00:00")


def test_what_a_model_makes() -> None:
    voice = ModelInfo(name="v", category="audio", voices=("ada",))
    ears = ModelInfo(name="e", category="audio", output_modalities=("text",))
    tunes = ModelInfo(name="t", category="audio", output_modalities=("audio",))
    made = [kind_of_model(model) for model in (voice, ears, tunes, ModelInfo(name="i", category="image"))]
    assert made == ["speech", "transcription", "music", "image"]
    assert DaySpan(NOW.date(), NOW.date()).days == 1
