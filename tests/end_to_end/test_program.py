"""The program as a process: what scripts may rely on, and what it does when things are damaged or missing."""

from __future__ import annotations

import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from studio import __version__
from studio.domain.asset import AssetDraft, Provenance
from studio.domain.media import MediaKind
from studio.library.profile_store import ProfileStore
from studio.library.store import Library
from tests.end_to_end.programs import PATIENCE, ROOT, environment, program, start, to_its_end
from tests.library.makers import encoded

pytestmark = pytest.mark.end_to_end


OF_QT = ("PulseAudioService: pa_context_connect() failed", "No RHI backend. Using CPU conversion.")
"""What Qt says of a machine without sound and graphics when the self-check plays."""


def check(*arguments: str | Path, warning: str = "", **more: str) -> dict[str, Any]:
    """The report of a self-check that has to succeed, with that one line on the terminal."""
    done = program("--self-check", *arguments, **more)
    assert done.returncode == 0, done.stdout + done.stderr
    said = [line for line in done.stderr.splitlines() if not line.endswith(OF_QT)]
    assert len(said) == bool(warning), done.stderr
    assert warning in done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def closed_port() -> Generator[dict[str, str]]:
    """Addresses where nobody listens; the port is held, so that nobody else takes it meanwhile."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{held.getsockname()[1]}"
        hosts = ("POLLINATIONS_BASE_URL", "POLLINATIONS_ENTER_URL", "POLLINATIONS_MEDIA_URL")
        yield dict.fromkeys(hosts, address) | {"POLLINATIONS_API_KEY": "sk_nobodyIsAskedForThisOne"}


def fill(library: Path, count: int) -> None:
    """A library with pictures in it, as an earlier start left it."""
    store = Library(library)
    for number in range(count):
        incoming = store.incoming_path(f"job{number}")
        incoming.write_bytes(encoded(number=number))
        made = AssetDraft(
            kind=MediaKind.IMAGE, prompt=f"a heron {number}", provenance=Provenance(model="flux", seed=number)
        )
        store.commit(store.prepare(incoming, made))
    store.close()


def test_the_self_check_makes_a_picture(tmp_path: Path) -> None:
    report = check("--profile", tmp_path)
    assert report["ok"] is True
    assert {"Create", "Library", "Account"} <= set(report["panes"])
    picture, sidecar = Path(report["picture"]), Path(report["sidecar"])
    assert picture.is_relative_to(tmp_path)
    assert sidecar == picture.with_name(f"{picture.name}.json")
    told = json.loads(sidecar.read_bytes())
    assert told["provenance"]["seed"] == report["seed"]
    assert picture.stat().st_size == told["size"]
    assert Decimal(report["cost"]) > 0
    assert (report["unit"], report["sandbox"], report["in_library"]) == ("pollen", True, 1)


def test_a_self_check_leaves_the_users_own_places_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    report = check(HOME=str(home), XDG_CONFIG_HOME=str(home / "c"), XDG_DATA_HOME=str(home / "d"),
                   XDG_CACHE_HOME=str(home / "k"), XDG_STATE_HOME=str(home / "s"))  # fmt: skip
    assert not Path(report["picture"]).is_relative_to(home)
    assert [path.name for path in home.rglob("*") if path.is_file() and "ontconfig" not in str(path)] == []
    shutil.rmtree(Path(report["library"]).parent)


def test_version() -> None:
    done = program("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"Nectary {__version__}\n", "")


@pytest.mark.parametrize("arguments", [["--nonsense"], ["--profile"], ["--self-chec"]])
def test_nonsense_is_answered_with_a_sentence(arguments: list[str]) -> None:
    done = program(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("usage: nectary")
    assert "Traceback" not in done.stderr


def test_an_address_that_is_none_is_told(tmp_path: Path) -> None:
    done = program("--self-check", "--profile", tmp_path, POLLINATIONS_BASE_URL="gen.example")
    assert done.returncode == 1
    assert done.stderr == (
        "POLLINATIONS_BASE_URL is not a web address. A web address starts with https://.\n"
    )


REFUSAL = re.compile(r".*another window.*\.\n")


def test_a_second_check_is_refused_politely(tmp_path: Path) -> None:
    library = Library(tmp_path / "library")
    try:
        done = program("--self-check", "--profile", tmp_path)
    finally:
        library.close()
    assert (done.returncode, done.stdout) == (1, "")
    assert REFUSAL.fullmatch(done.stderr), done.stderr


def test_a_second_window_says_why_and_ends_when_told(tmp_path: Path) -> None:
    library = Library(tmp_path / "library")
    process = subprocess.Popen(
        [sys.executable, "-m", "studio", "--sandbox", "--profile", str(tmp_path)],
        env=environment(), stderr=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    try:
        assert process.stderr is not None
        said = process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        said += process.communicate(timeout=PATIENCE)[1]
    finally:
        process.kill()
        library.close()
    assert process.returncode == 0, "it did as it was told"
    assert REFUSAL.fullmatch(said), said


def test_a_library_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    # A file where a folder should be stops root as well as everybody else.
    (tmp_path / "taken").write_text("no folder")
    done = program("--self-check", "--profile", tmp_path / "p", "--library", tmp_path / "taken" / "library")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr
    place = tmp_path / "taken" / "library" / ".nectary"
    assert done.stderr == f"{place} cannot be made. A file is in its way. Choose another folder.\n"


def test_damaged_preferences_are_kept_aside(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_bytes(b"\xff[not toml")
    assert check("--profile", tmp_path, warning="settings.toml could not be read")["ok"]
    assert (tmp_path / "settings.unreadable.toml").read_bytes() == b"\xff[not toml"


@pytest.mark.parametrize("damaged", [True, False], ids=["damaged", "missing"])
def test_a_lost_index_is_made_again_from_the_files(
    tmp_path: Path, closed_port: dict[str, str], damaged: bool
) -> None:
    fill(tmp_path / "library", 5)
    private = tmp_path / "library" / ".nectary"
    for path in private.glob("index.sqlite*"):
        path.unlink()
    if damaged:
        (private / "index.sqlite").write_bytes(b"\xa5" * 9000)
    shown = to_its_end(start(tmp_path, "look", closed_port))
    assert shown == {"mode": "cloud", "online": False, "gallery": 5}


def test_a_damaged_profile_is_replaced_by_its_copy(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path)
    store.prompts.add("create", "a heron in the reeds")
    store.snapshot()
    store.close()
    (tmp_path / "studio.sqlite").write_bytes(b"\xa5" * 9000)
    assert check("--profile", tmp_path, warning="database is damaged")["ok"]
    (aside,) = tmp_path.glob("studio-damaged-*.sqlite")
    assert aside.read_bytes() == b"\xa5" * 9000
    store = ProfileStore(tmp_path)
    assert "a heron in the reeds" in store.prompts.recent("create")
    store.close()


def test_with_no_network_it_starts_and_ends_when_told(tmp_path: Path, closed_port: dict[str, str]) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "studio", "--profile", str(tmp_path), "--verbose"],
        env=environment(**closed_port),
        stderr=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    try:
        assert process.stderr is not None
        said = ""
        for line in process.stderr:
            said += line
            if "not connected" in line:
                break
        process.send_signal(signal.SIGTERM)
        said += process.communicate(timeout=PATIENCE)[1]
    finally:
        process.kill()
    assert process.returncode == 0, said
    assert "The service on this computer cannot be reached" in said
    assert "Traceback" not in said
    assert "nobodyIsAsked" not in said


def test_22_a_keyring_prompt_that_nobody_answers_does_not_hold_up_quitting(tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    settings = tmp_path / "profile/settings.toml"
    settings.parent.mkdir()
    settings.write_text('[connection]\nmode = "cloud"\naccount = "ada"\n')
    process = subprocess.Popen(
        [sys.executable, "-m", "studio", "--profile", str(settings.parent)],
        env=environment(
            PYTHON_KEYRING_BACKEND="tests.end_to_end.stuck_keyring.Keyring", NECTARY_TEST_ASKED=str(asked),
            POLLINATIONS_BASE_URL="http://127.0.0.1:9", POLLINATIONS_ENTER_URL="http://127.0.0.1:9",
        ),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + PATIENCE
        while not asked.exists():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        start = time.monotonic()
        process.send_signal(signal.SIGTERM)
        _output, errors = process.communicate(timeout=PATIENCE)
        took = time.monotonic() - start
    finally:
        process.kill()
    print(f"\nended {took:.1f} s after it was asked to, with the prompt still open")
    assert process.returncode == 0, errors
    assert "Traceback" not in errors
    assert took < 15
