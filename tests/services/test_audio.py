"""Speech through the real services and the sandbox: priced, journalled, filed, joined, never paid twice."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from studio.core.secrets import Secret
from studio.domain.job import Job, JobState
from studio.domain.library import LibraryQuery
from studio.domain.media import MediaKind
from studio.domain.script import Line, Reading, Script, lines_of, with_text
from studio.domain.sound import EncodeOptions, Loudness, SoundFormat
from studio.sandbox.server import SandboxServer
from studio.services.audio import AudioPlan, together
from studio.services.audio_jobs import read_speech
from studio.services.job_records import ledger_line
from tests.services.studio import Studio, addresses, bills, opened

TEXT = "The lamp took four minutes. It was warm.\n\nShe watched the fog."


async def signed_in(at: Studio, server: SandboxServer) -> None:
    at.services.account.keep_in_memory(Secret(server.key), "default")
    await at.services.session.use_cloud("default")


def script(at: Studio, text: str = TEXT) -> Script:
    model = next(model for model in at.services.catalogue.models if model.speaks)
    return with_text(Script(reading=Reading(model=model.name, voice="nova")), text)


def plan_of(at: Studio, lines: list[Line]) -> AudioPlan:
    return at.services.audio.plan(
        [order for line in lines if (order := at.services.audio.speech_order(line))]
    )


async def render(at: Studio, lines: list[Line]) -> list[Job]:
    plan = plan_of(at, lines)
    assert not plan.problem, plan.problem
    jobs = await at.services.audio.submit(plan)
    return [await at.until(job.id) for job in jobs]


async def test_lines_become_takes_and_a_joined_sound(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with opened(tmp_path, addresses(server)) as at:
            await signed_in(at, server)
            made = script(at)
            lines = lines_of(made)
            plan = plan_of(at, lines)
            assert plan.high is not None
            assert plan.high > 0
            assert plan.leaves is not None
            jobs = await render(at, lines)
            assert [job.state for job in jobs] == [JobState.DONE] * 3
            takes = [(await at.services.audio.takes(line.key))[-1] for line in lines]
            assert [take.kind for take in takes] == [MediaKind.SPEECH] * 3
            assert [take.prompt for take in takes] == [line.text.strip() for line in lines]
            assert all(take.provenance.seed and take.provenance.cost for take in takes)
            parts = await at.services.audio.parts(made, lines, takes, level=True)
            assert parts[0].gain == parts[1].gain != 0.0
            assert (parts[1].pause, parts[2].pause) == (made.paragraph_pause, 0.0)
            for form in SoundFormat:
                into = tmp_path / f"out.{form.value}"
                joined = await at.services.audio.join(parts, into, EncodeOptions(format=form))
                info = await at.services.sound.probe(into)
                length = joined.frames / joined.rate
                assert info.duration is not None
                assert abs(info.duration - length) < 0.1
            kept = await at.services.audio.keep_joined(tmp_path / "out.m4a", made, takes)
            assert kept.provenance.parents == tuple(take.id for take in takes)
            assert [asset.id for asset in await at.services.library.children(takes[0].id)] == [kept.id]


async def test_a_take_is_billed_once_and_the_ledger_says_so(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with opened(tmp_path, addresses(server)) as at:
            await signed_in(at, server)
            (job,) = await render(at, lines_of(script(at, "It came in.")))
            take = (await at.services.audio.takes(job.batch))[0]
            (line,) = await at.services.profile.spending()
            assert line.amount == take.provenance.cost == job.cost
            assert (await at.journal(job.id)).state is JobState.DONE
            assert read_speech(job).input == take.prompt
            assert ledger_line(job).cost is None
            assert ledger_line(job, take.provenance).cost == job.cost
            assert len([r for r in server.requests() if r["path"] == "/v1/audio/speech"]) == 1


async def test_one_changed_sentence_is_one_bill(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with opened(tmp_path, addresses(server)) as at:
            await signed_in(at, server)
            before = lines_of(script(at, "The lamp burns. It was warm. She slept."))
            await render(at, before)
            assert len(bills(server)) == 3
            after = lines_of(script(at, "The lamp burns. It was cold. She slept."))
            new = [line for line in after if not await at.services.audio.takes(line.key)]
            assert [line.text.strip() for line in new] == ["It was cold."]
            await render(at, new)
            assert len(bills(server)) == 4
            moved = lines_of(script(at, "She slept. The lamp burns.\n\nIt was cold."))
            assert all([await at.services.audio.takes(line.key) for line in moved])


async def test_a_break_in_the_line_is_paid_once(tmp_path: Path) -> None:
    with SandboxServer() as server:
        server.faults([{"path": "/v1/audio/speech", "status": 502, "count": 1}])
        async with opened(tmp_path, addresses(server)) as at:
            await signed_in(at, server)
            (job,) = await render(at, lines_of(script(at, "It came in.")))
            assert job.state is JobState.DONE
            assert await at.services.library.count(LibraryQuery(batch=job.batch)) == 1
            (line,) = await at.services.profile.spending()
            assert line.amount == job.cost


async def test_what_a_plan_says_when_it_cannot_be_carried_out(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with opened(tmp_path, addresses(server)) as at:
            assert at.services.audio.plan([]).field == "session"
            await signed_in(at, server)
            assert (
                at.services.audio.plan([], problem="Write a script first.").problem == "Write a script first."
            )
            lines = lines_of(script(at))
            at.services.settings.change("money", batch_budget=0.0000001)
            assert plan_of(at, lines).field == "budget"
            at.services.settings.change("money", batch_budget=0.0, confirm_above=0.0000001)
            assert plan_of(at, lines).ask_first


async def test_the_script_is_kept(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with opened(tmp_path, addresses(server)) as at:
            assert (await at.services.audio.script()).text == ""
            kept = with_text(Script(sentence_pause=0.5), TEXT)
            await at.services.audio.keep_script(kept)
            assert await at.services.audio.script() == kept


def test_loudness_of_several_is_their_energy_and_silence_does_not_count() -> None:
    silent = Loudness(float("-inf"), 0.0, float("-inf"))
    both = together([(Loudness(-20, 3, -4), 2.0), (Loudness(-20, 5, -6), 1.0), (silent, 9.0)])
    assert (round(both.integrated, 6), both.range, both.true_peak) == (-20, 5, -4)
    assert together([(silent, 1.0)]).integrated == float("-inf")
    assert Decimal(round(together([(Loudness(-10, 1, -1), 1), (Loudness(-40, 1, -1), 1)]).integrated)) == -13
