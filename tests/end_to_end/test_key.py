"""The key is in the keyring and in one header, and nowhere else: full rounds, however one is signed in,
a service that throws the key back at the program, and a search through everything that was written.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import re
import signal
import subprocess
import sys
import urllib.parse
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from studio.core import log
from studio.core.paths import portable_paths
from studio.core.secrets import Secret
from studio.core.settings import Settings
from studio.domain.job import JobState
from studio.sandbox.server import SandboxServer
from studio.services.account import KeySource
from studio.services.diagnostics import diagnostics
from studio.services.notices import BugReport
from tests.end_to_end.programs import PATIENCE, ROOT, environment, sandbox
from tests.services.studio import Studio, addresses, opened, picture

pytestmark = pytest.mark.end_to_end
KEY = "sk_thisOneMustNeverBeSeen4pQ8zL2"
ECHOES = (
    {"status": 400, "message": f"The key {KEY} is no picture."},
    {"status": 401, "message": f"Invalid API key: {KEY}"},
    {"status": 402, "message": f"Budget of {KEY} exhausted. Top up at https://enter.x.y/top-up?key={KEY}."},
    {"status": 403, "message": f"Model '{KEY}' is not allowed for this API key"},
    {"status": 404, "shape": "media", "message": KEY},
    {"status": 422, "shape": "oauth", "code": KEY, "message": f"Authorization: Bearer {KEY}"},
    {"status": 429, "shape": "publishable", "message": f"key={KEY} is rate limited"},
    {"status": 500, "details": {"name": "Error", "stack": f"at fetch ({KEY})"}},
    {"status": 502, "shape": "html", "message": KEY},
    {"status": 503, "shape": "plain", "message": f"{KEY} {KEY}"},
    {"status": 400, "details": {"fieldErrors": {KEY: [f"{KEY} is unknown"]}}},
    {"status": 400, "shape": "legacy", "message": f"authorization={KEY}", "headers": {"X-Request-Id": KEY}},
    {"status": 429, "code": "community_model_rate_limit", "headers": {"Retry-After": KEY}},
    {"redirect": f"/image/x?key={KEY}&model=nothing"},
    {"redirect": f"https://127.0.0.1:1/{KEY}"},
    {"body": "html", "content_type": f"text/{KEY}"},
)


def disguises() -> list[bytes]:
    """The key as it would stand in a file: plain, and as encodings in common use."""
    plain = KEY.encode()
    return [
        plain,
        KEY.removeprefix("sk_").encode(),
        plain[::-1],
        urllib.parse.quote(KEY, safe="").encode(),
        plain.hex().encode(),
        KEY.encode("utf-16-le"),
        *(base64.b64encode(b"\0" * shift + plain)[4:-4] for shift in range(3)),
    ]


def places_of_the_key(folder: Path) -> list[str]:
    """Files under `folder` that hold the key, by content or name."""
    wanted = disguises()

    def holds(path: Path) -> bool:
        if path.is_file() and any(form in path.read_bytes() for form in wanted):
            return True
        return KEY in path.name

    return [str(path) for path in folder.rglob("*") if holds(path)]


def around_the_key(text: str) -> list[str]:
    """Where `text` holds the key, with what stands before it."""
    starts = [found.start() for found in re.finditer(KEY, text)]
    return [text[max(0, start - 80) : start] for start in starts]


@contextmanager
def logging_everything(folder: Path) -> Generator[None]:
    """The program's own log, with nothing held back."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    log.set_up(folder, verbose=True)
    for name in ("httpcore", "httpx", "hpack"):
        # Third parties too: they print headers.
        logging.getLogger(name).setLevel(logging.DEBUG)
    try:
        yield
    finally:
        for handler in set(root.handlers) - set(before):
            root.removeHandler(handler)
            handler.close()
        root.setLevel(level)


async def hostile_round(studio: Studio, server: SandboxServer) -> str:
    """Good and bad answers, then everything that is shown or could be copied, as one text."""
    services = studio.services
    done = await studio.make(picture(seed=1))
    assert done.state is JobState.DONE
    for seed, echo in enumerate(ECHOES, 2):
        server.faults([{"path": "/image/", "count": None, **echo}])
        job = await studio.make(picture(seed=seed))
        assert job.error is not None, echo
        server.clear_faults()
        services.jobs.pause("")
        await services.jobs.cancel([job.id])
        # A 401 asks for another key, and what cannot be reached keeps jobs back; both are good after all.
        if services.account.state.rejected or services.session.state.is_away:
            await services.session.refresh()
    server.faults([{"path": "/account", "count": None, "status": 401, "message": KEY}])
    await services.session.refresh()
    try:
        raise ValueError(f"a bug that met {KEY}")
    except ValueError as error:
        services.notices.report(error, "testing")
    shown = [repr(services.jobs.all()), repr(services.session.state), repr(services.account.state)]
    shown += [repr(notice) for notice in services.notices.recent]
    shown += [repr(bug) for bug in services.notices.bugs]
    shown += [repr(await services.profile.recent(100)), repr(services)]
    bug = BugReport(summary=f"X: {KEY}", trace=f"Authorization: Bearer {KEY}\n{{'key': '{KEY}'}}")
    shown.append(diagnostics(services.paths, services.settings, bug))
    return "\n".join(shown)


@pytest.mark.parametrize("source", ["environment", "memory"])
async def test_a_round_with_a_hostile_service_leaves_no_trace_of_the_key(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], source: str
) -> None:
    paths = portable_paths(tmp_path)
    with SandboxServer(speed=0, key=KEY) as server, logging_everything(paths.logs):
        more = {"POLLINATIONS_API_KEY": KEY} if source == "environment" else {}
        async with opened(tmp_path, addresses(server, **more)) as studio:
            services = studio.services
            if source == "memory":
                services.account.keep_in_memory(Secret(KEY), "default")
            await services.session.use_cloud("")
            assert services.account.state.source is KeySource(source)
            shown = await hostile_round(studio, server)
            while_open = places_of_the_key(tmp_path)  # the WAL files are still there
        asked = json.dumps([request for request in server.requests() if not request["fault"]])
        answered = server.requests()
    output = capfd.readouterr()
    assert around_the_key(shown) == []
    assert while_open == places_of_the_key(tmp_path) == []
    assert around_the_key(output.out + output.err) == []
    # What came back in a redirect is the server's own doing; the program never put the key into an address.
    assert KEY not in asked.replace(f'"key": "{KEY}"', "")
    assert all(KEY not in request["path"] for request in answered if not request["fault"])
    assert (paths.logs / "nectary.log").stat().st_size > 1000, "the log was on"
    Settings(paths.settings)


def test_the_program_as_a_process_shows_the_key_nowhere(tmp_path: Path) -> None:
    with sandbox("--speed", "0.5", "--key", KEY) as service:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "tests/end_to_end/errand.py"), str(tmp_path), "generate"],
            env=environment(**service.addresses, POLLINATIONS_API_KEY=KEY),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
        )  # fmt: skip
        try:
            assert process.stdout is not None
            output = process.stdout.readline()
            command = Path(f"/proc/{process.pid}/cmdline").read_bytes()
            children = [
                Path(f"/proc/{child}/cmdline").read_bytes()
                for child in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            ]
        finally:
            os.kill(process.pid, signal.SIGKILL)
            rest = process.communicate(timeout=PATIENCE)
        assert KEY.encode() not in b"".join([command, *children])
        assert KEY not in output + "".join(rest)
        assert places_of_the_key(tmp_path) == []
        asked = service.requests()
        assert all(KEY not in request["path"] + json.dumps(request["query"]) for request in asked)
        assert any(request["key"] for request in asked), "it was used"
