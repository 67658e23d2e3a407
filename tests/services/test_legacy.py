from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from studio.api.errors import ApiClosed
from studio.core.errors import InputError, StudioError
from studio.core.keyring_store import KeyringStore, KeyringUnavailableError
from studio.core.secrets import Secret
from studio.domain.job import Job, JobState
from studio.domain.media import MediaKind
from studio.domain.schema_form import ASSET, OTHERS, defaults_of
from studio.sandbox.legacy import new_token
from studio.sandbox.server import SandboxServer
from studio.services.job_logs import LONGEST, JobLogs
from studio.services.legacy import LegacyConnector, is_model
from studio.services.legacy_jobs import PLACE, all_filed, is_fetchable
from studio.services.legacy_orders import info_of, request_of_asset
from tests.services.studio import Studio, connected, opened

DALLE = "pollinations/min-dalle"
SOCKET = "/legacy/ws"


@pytest.fixture(autouse=True)
def drawer(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A keyring of one test."""
    kept: dict[str, str] = {}
    monkeypatch.setattr(KeyringStore, "get", lambda _s, name: Secret(kept[name]) if name in kept else None)
    monkeypatch.setattr(KeyringStore, "set", lambda _s, name, key: kept.update({name: key.reveal()}))
    monkeypatch.setattr(KeyringStore, "delete", lambda _s, name: kept.pop(name, None))
    return kept


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with SandboxServer(speed=0) as running:
        yield running


@asynccontextmanager
async def switched_on(folder: Path, server: SandboxServer, *, token: str = "") -> AsyncIterator[Studio]:
    async with connected(folder, server, patient=True) as studio:
        studio.services.settings.change("legacy", enabled=True)
        await studio.services.legacy.set_token(token or new_token())
        yield studio


async def order(studio: Studio, model: str = DALLE, **values: Any) -> Job:
    form = await studio.services.legacy.form(model)
    held = defaults_of(form) | values
    (job,) = await studio.services.legacy_orders.submit(model, form, held)
    return job


async def run(studio: Studio, model: str = DALLE, **values: Any) -> Job:
    return await studio.until((await order(studio, model, **values)).id)


def legacy_requests(server: SandboxServer) -> list[dict[str, Any]]:
    return [one for one in server.requests() if one["path"].startswith("/legacy")]


def runs(server: SandboxServer) -> list[Any]:
    return [one["body"] for one in server.requests() if one["path"] == SOCKET]


async def test_off_it_is_neither_loaded_nor_asked(tmp_path: Path, server: SandboxServer) -> None:
    async with connected(tmp_path, server) as studio:
        legacy = studio.services.legacy
        assert not legacy.on
        assert not legacy.available
        with pytest.raises(ApiClosed):
            await legacy.models()
        with pytest.raises(InputError):
            await order_off(studio)
        await studio.make()
        assert legacy_requests(server) == []


async def order_off(studio: Studio) -> None:
    from studio.domain.schema_form import SchemaForm

    await studio.services.legacy_orders.submit(DALLE, SchemaForm(), {})


def test_off_nothing_of_it_is_imported(tmp_path: Path) -> None:
    """In a process of its own, as this one has everything loaded."""
    program = f"""
import asyncio, sys
from pathlib import Path
from studio.core.paths import portable_paths
from studio.core.settings import Settings
from studio.services.context import build_services, open_services, close_services
from studio.services.notices import NoticeCentre
async def main():
    paths = portable_paths(Path({str(tmp_path)!r}))
    services = build_services(paths, Settings(paths.settings), NoticeCentre(), {{}})
    await open_services(services)
    await close_services(services)
asyncio.run(main())
print([name for name in sys.modules if name in (
    "studio.api.legacy", "studio.services.legacy_jobs", "studio.ui.schema_form", "websockets")])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


async def test_a_run_becomes_an_asset_with_its_request(tmp_path: Path, server: SandboxServer) -> None:
    async with switched_on(tmp_path, server) as studio:
        seen: list[str] = []
        logs = studio.services.legacy.logs
        logs.changed.connect(lambda job_id: seen.append(logs.of(job_id).status))  # type: ignore[union-attr]
        job = await run(studio, prompt="a horse of clouds", num_outputs="1", seed="7", tuning='{"top_k": 9}')
        assert job.state is JobState.DONE, job.error
        asset = await studio.services.library.asset(job.asset_id)
        assert asset is not None
        assert asset.kind is MediaKind.IMAGE
        assert (asset.prompt, asset.provenance.seed) == ("a horse of clouds", 7)
        assert asset.provenance.cost is None
        assert asset.provenance.model_title == info_of(DALLE).title == "min-dalle · Legacy service"
        request = request_of_asset(asset)
        assert request is not None
        assert (request.image, request.input["tuning"], request.input["size"]) == (DALLE, {"top_k": 9}, 512)
        assert seen == ["starting", "processing", "success"]
        log = logs.of(job.id)
        assert log is not None
        assert log.text == "100% done"
        assert runs(server) == [{"image": DALLE, "input": request.input}]
        sidecar = studio.services.library.sidecar_path(asset).read_text()
        journal = json.dumps((await studio.journal(job.id)).request)
        token = await studio.services.legacy.token()
        assert token is not None
        assert token.reveal() not in sidecar + journal


async def test_several_files_and_texts_are_kept(tmp_path: Path, server: SandboxServer) -> None:
    async with switched_on(tmp_path, server) as studio:
        job = await run(studio, prompt="three herons", num_outputs="3")
        assets = await studio.services.library.of_job(job.id)
        assert sorted(asset.provenance.headers[PLACE] for asset in assets) == ["1/3", "2/3", "3/3"]
        assert all_filed(assets)
        assert not all_filed(assets[:2])
        assert not all_filed([])
        words = await run(studio, "pollinations/blip", image=f"{ASSET}{assets[0].id}")
        assert words.state is JobState.DONE, words.error
        text = await studio.services.library.asset(words.asset_id)
        assert text is not None
        assert text.kind is MediaKind.TEXT
        assert text.provenance.parents == (assets[0].id,)
        request = request_of_asset(text)
        assert request is not None
        assert request.input["image"] == f"{ASSET}{assets[0].id}"
        sent = runs(server)[-1]["input"]["image"]
        assert sent.startswith(server.media_url)


async def test_a_cut_is_mended_and_it_runs_once(tmp_path: Path, server: SandboxServer) -> None:
    async with switched_on(tmp_path, server) as studio:
        server.faults([{"path": SOCKET, "cut_after": 2}, {"path": SOCKET, "cut_after": 0}])
        job = await run(studio, prompt="a horse", num_outputs="1")
        assert job.state is JobState.DONE, job.error
        sent = runs(server)
        assert len(sent) == 3
        assert sent[0] == sent[1] == sent[2]
        assert len(await studio.services.library.of_job(job.id)) == 1


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"cut_after": 0, "count": 4}, "The connection kept breaking off."),
        ({"status": 500, "count": 4}, "cannot be reached"),
        ({"status": 401}, "does not accept your token"),
        ({"says": "what?"}, "cannot be read"),
        ({"says": "[[[]]]"}, "ended without a result"),
        ({"huge": 17 * 1024 * 1024}, "larger than this program takes"),
    ],
)
async def test_its_troubles_are_its_own(
    tmp_path: Path, server: SandboxServer, fault: dict[str, Any], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.api.legacy.BACKOFF", (0.0, 0.0, 0.0))
    async with switched_on(tmp_path, server) as studio:
        server.faults([{"path": SOCKET, **fault}])
        job = await run(studio, prompt="a horse", num_outputs="1")
        assert job.state is JobState.FAILED
        assert job.error is not None
        assert words in job.error.title
        assert studio.services.jobs.paused_because == ""
        # The queue goes on for the others, and trying again finds what was made.
        assert (await studio.make()).state is JobState.DONE
        server.clear_faults()
        await studio.services.jobs.retry([job.id])
        assert (await studio.until(job.id, JobState.DONE, JobState.FAILED)).state is JobState.DONE
        assert len({json.dumps(one) for one in runs(server)}) == 1


async def test_a_silent_service_is_given_up(
    tmp_path: Path, server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.api.legacy.BACKOFF", (0.0, 0.0, 0.0))
    monkeypatch.setattr("studio.api.legacy._SILENCE", 0.05)
    async with switched_on(tmp_path, server) as studio:
        server.faults([{"path": SOCKET, "stall_after": 0, "count": 4}])
        job = await run(studio, prompt="a horse", num_outputs="1")
        assert job.state is JobState.FAILED
        assert job.error is not None
        assert "cannot be reached" in job.error.title


async def test_a_failed_run_says_why(tmp_path: Path, server: SandboxServer) -> None:
    async with switched_on(tmp_path, server) as studio:
        job = await run(studio, prompt="please fail", num_outputs="1")
        assert job.error is not None
        assert (job.error.title, job.error.detail) == ("The model could not do it.", "CUDA out of memory")


async def test_cancelling_closes_the_socket(tmp_path: Path, server: SandboxServer) -> None:
    async with switched_on(tmp_path, server) as studio:
        server.faults([{"path": SOCKET, "stall_after": 1}])
        job = await order(studio, prompt="a horse", num_outputs="1")
        logs = studio.services.legacy.logs
        while logs.of(job.id) is None:
            await asyncio.sleep(0)
        await studio.services.jobs.cancel([job.id])
        assert (await studio.until(job.id)).state is JobState.CANCELLED


async def test_turned_off_in_the_middle_it_waits_and_goes_on(tmp_path: Path, server: SandboxServer) -> None:
    async with switched_on(tmp_path, server) as studio:
        settings = studio.services.settings

        def leave(_job_id: str) -> None:
            settings.change("legacy", enabled=False)

        connection = studio.services.legacy.logs.changed.connect(leave)
        job = await order(studio, prompt="a horse", num_outputs="1")
        stopped = await studio.until(job.id, JobState.PAUSED)
        connection.disconnect()
        assert stopped.note == "interrupted"
        settings.change("legacy", enabled=True)
        assert (await studio.until(job.id, JobState.DONE, JobState.FAILED)).state is JobState.DONE


async def test_after_a_crash_it_is_asked_for_again(tmp_path: Path, server: SandboxServer) -> None:
    async with switched_on(tmp_path, server) as studio:
        server.faults([{"path": SOCKET, "stall_after": 1}])
        job = await order(studio, prompt="two herons", num_outputs="2")
        await studio.until(job.id, JobState.RUNNING)
        while studio.services.legacy.logs.of(job.id) is None:
            await asyncio.sleep(0)
    async with connected(tmp_path, server, patient=True) as studio:
        assert (await studio.until(job.id, JobState.DONE, JobState.FAILED)).state is JobState.DONE
        assert len(await studio.services.library.of_job(job.id)) == 2
        assert len({json.dumps(one) for one in runs(server)}) == 1


async def test_the_token_goes_to_its_own_address_alone(
    tmp_path: Path, server: SandboxServer, drawer: dict[str, str]
) -> None:
    token = new_token()
    async with switched_on(tmp_path, server, token=token) as studio:
        legacy = studio.services.legacy
        assert drawer == {f"legacy service at {server.legacy_url}": token}
        assert "takes your token" in await legacy.test()
        job = await order(studio, prompt="a horse", num_outputs="1")
        legacy.set_url("https://elsewhere.example")
        assert await legacy.token() is None
        assert not legacy.can_send(job)
        legacy.set_url("")
        assert (await legacy.token()) == Secret(token)
        await legacy.set_token("")
        assert drawer == {}
        with pytest.raises(StudioError, match="needs your token"):
            await legacy.test()
    text = "".join(path.read_text(errors="replace") for path in tmp_path.rglob("*") if path.is_file())
    assert token not in text


async def test_without_a_keyring_the_token_holds_until_the_end(
    tmp_path: Path, server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_args: object) -> None:
        raise KeyringUnavailableError("The system keyring is locked or missing.")

    async with switched_on(tmp_path, server) as studio:
        monkeypatch.setattr(KeyringStore, "set", locked)
        token = new_token(expires=4_000_000_000)
        with pytest.raises(KeyringUnavailableError):
            await studio.services.legacy.set_token(token)
        assert await studio.services.legacy.token() == Secret(token)


async def test_an_expired_token_is_told(tmp_path: Path, server: SandboxServer) -> None:
    async with switched_on(tmp_path, server, token=new_token(expires=1)) as studio:
        with pytest.raises(StudioError):
            await studio.services.legacy.test()
        job = await run(studio, prompt="a horse", num_outputs="1")
        assert job.error is not None
        assert job.error.actions[0].id == "preferences"


async def test_the_account_key_never_goes_there(tmp_path: Path, server: SandboxServer) -> None:
    async with switched_on(tmp_path, server) as studio:
        await studio.services.legacy.models()
        await run(studio, prompt="a horse", num_outputs="1")
        client = studio.services.legacy.client()
        assert client._transport._key() is None


async def test_the_sandbox_has_its_own(tmp_path: Path) -> None:
    async with opened(tmp_path, {"POLLINATIONS_LEGACY_URL": "http://127.0.0.1:9"}, patient=True) as studio:
        studio.services.settings.change("legacy", enabled=True)
        await studio.services.session.use_sandbox()
        legacy = studio.services.legacy
        assert legacy.url.endswith("/legacy")
        assert legacy.in_sandbox
        assert "takes your token" in await legacy.test()
        with pytest.raises(InputError):
            await legacy.set_token("x")
        job = await run(studio, prompt="a horse", num_outputs="1")
        assert job.state is JobState.DONE
        assert job.sandbox


@pytest.mark.parametrize(
    "url", ["rest.example", "ftp://a.example", "http://a.example", "https://u:p@a.example", "https://[", "https://a?b"]
)  # fmt: skip
async def test_addresses_that_are_none(tmp_path: Path, server: SandboxServer, url: str) -> None:
    async with connected(tmp_path, server) as studio:
        with pytest.raises(InputError):
            studio.services.legacy.set_url(url)


async def test_wrong_values_are_not_sent(tmp_path: Path, server: SandboxServer) -> None:
    async with switched_on(tmp_path, server) as studio:
        for wrong in ({"prompt": ""}, {"num_outputs": "99"}, {"tuning": "{"}, {"references": ["x"]}):
            with pytest.raises(InputError) as refused:
                await order(studio, **({"prompt": "a horse"} | wrong))
            assert refused.value.field == next(iter(wrong))
        with pytest.raises(InputError):
            await order(studio, "pollinations/blip", image=f"{ASSET}nothing")
        assert runs(server) == []
        assert OTHERS not in defaults_of(await studio.services.legacy.form(DALLE))


@pytest.mark.parametrize(
    ("url", "fetched"),
    [
        ("https://store.example.org/a.png", True),
        ("https://rest.pollinations.ai/a.png", True),
        ("http://store.example.org/a.png", False),
        ("https://127.0.0.1/a.png", False),
        ("https://10.0.0.1/a.png", False),
        ("https://[::1]/a.png", False),
        ("https://169.254.169.254/latest", False),
        ("https://printer.local/", False),
        ("https://router/", False),
        ("https://user:x@store.example.org/a.png", False),
        ("https://[", False),
    ],
)
def test_where_results_may_lie(url: str, fetched: bool) -> None:
    assert is_fetchable(url, "https://rest.pollinations.ai") is fetched


def test_names_of_models() -> None:
    assert all(map(is_model, ("a/b", "replicate:a/b", "pollinations/stable-diffusion-private", "a/b.c_d")))
    assert not any(map(is_model, ("a", "a/b/c", "../b", "a/..", "a/b?x", "a/ b", "", "a/" + "b" * 300)))


def test_logs_grow_are_joined_and_have_an_end() -> None:
    logs = JobLogs()
    logs.tell("1", "starting", 1, "")
    logs.tell("1", "processing", None, "10%\r20%")
    logs.tell("1", "processing", None, "10%\r20%\r30%")
    logs.tell("1", "processing", None, "sampling\x1b[2J")
    log = logs.of("1")
    assert log is not None
    assert log.text == "10%\n20%\n30%\nsampling[2J"
    assert log.last_line == "sampling[2J"
    logs.tell("1", "processing", None, "x" * 1_000_000)
    assert len(logs.of("1").text) == LONGEST  # type: ignore[union-attr]
    for number in range(500):
        logs.tell(f"job{number}", "starting", None, "")
    assert logs.of("1") is None


def test_the_connector_is_named() -> None:
    assert LegacyConnector.__doc__
