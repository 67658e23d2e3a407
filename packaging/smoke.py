"""Tries a built program the way a user's machine would run it: without this checkout and its environment.

    python packaging/smoke.py EXECUTABLE

It asks for the version, then for the self-check, which opens every pane, starts the sandbox inside the built
program, makes a picture, a sound and a film, plays them, draws a formula and colours code. The panes must be
those of the source. Where a Secret Service can be started, the built program must find a key in it: the back
ends of the keyring are easily left out of a build.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 180
PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF")
KEY = "sk_smokeTestOfTheBuiltProgram0"
TOOLS = ("dbus-run-session", "gnome-keyring-daemon")
HARMLESS = ("PulseAudioService: pa_context_connect() failed", "No RHI backend. Using CPU conversion.")
"""What Qt says where there is no sound server, and where there is no graphics card."""
WINDOWS_NEEDS = ("SYSTEMROOT", "SYSTEMDRIVE", "TEMP", "TMP", "USERPROFILE", "APPDATA", "LOCALAPPDATA")


def main(executable: Path) -> int:
    sys.path.insert(0, str(ROOT))
    from studio import __version__
    from studio.shell.pane_registry import find_panes

    executable = executable.resolve()
    with tempfile.TemporaryDirectory(prefix="nectary-smoke-") as folder:
        home = Path(folder)
        said = run(executable, ["--version"], home).stdout.strip()
        expect(said == f"Nectary {__version__}", f"--version said {said!r}")
        report = self_check(executable, home)
        check_picture(report, [pane.title for pane in find_panes()])
        say(f"The built program opens its panes and makes a picture by {report['model']}.")
        say(check_media(report))
        if all(shutil.which(tool) for tool in TOOLS):
            in_session = [sys.executable, __file__, "--in-session", str(executable), folder]
            environment = keyring_environment(home)
            done = subprocess.run(["dbus-run-session", "--", *in_session], env=environment, check=False)
            expect(done.returncode == 0, "the keyring was not used")
            say("It finds its key in the system keyring.")
        else:
            say(f"Its keyring was not tried: {' or '.join(TOOLS)} is missing.")
    return 0


def self_check(executable: Path, home: Path) -> dict[str, Any]:
    """Run the self-check; what it reports."""
    done = run(executable, ["--self-check", "--profile", str(home / "check")], home)
    said = [
        line for line in done.stderr.splitlines() if line and not any(words in line for words in HARMLESS)
    ]
    expect(not said, f"it complained: {said}")
    return json.loads(done.stdout)


def check_picture(report: dict[str, Any], panes: Sequence[str]) -> None:
    """Look at the picture it made."""
    expect(report["panes"] == panes, f"panes {report['panes']}; the source has {panes}")
    expect(report["sandbox"] is True, "the picture is not the sandbox's")
    picture, sidecar = Path(report["picture"]), Path(report["sidecar"])
    expect(picture.read_bytes().startswith(PICTURES), f"{picture.name} is no picture")
    seed = json.loads(sidecar.read_bytes())["provenance"]["seed"]
    expect(seed == report["seed"], "the sidecar has another seed")


def check_media(report: dict[str, Any]) -> str:
    """Look at the sound and the film; what was played."""
    expect(report["sound_seconds"] > 0, "the sound was not decoded")
    expect(report["film_played"] is True, "the film was not played")
    expect(report["sound_played"] is report["sound_device"], "the sound was not played")
    expect(report["formula"] is True, "a formula was not drawn")
    expect(report["colours"] is True, "code was not coloured")
    heard = (
        "It plays a sound and a film" if report["sound_played"] else "It plays a film (no sound device here)"
    )
    return f"{heard}, draws a formula and colours code."


def run(executable: Path, arguments: Sequence[str], home: Path) -> subprocess.CompletedProcess[str]:
    """Run it with nothing of this environment but what a session gives every program."""
    done = subprocess.run(
        [str(executable), *arguments], cwd=home, env=bare_environment(home), timeout=SECONDS,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    expect(done.returncode == 0, f"{arguments} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done


def bare_environment(home: Path) -> dict[str, str]:
    if sys.platform == "win32":
        return {name: os.environ[name] for name in WINDOWS_NEEDS if name in os.environ}
    return {"HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "QT_QPA_PLATFORM": "offscreen"}


# ---------------------------------------------------------------------- the keyring


def keyring_environment(home: Path) -> dict[str, str]:
    """Of a session with a keyring of its own."""
    session = home / "session"
    session.mkdir(mode=0o700)
    own = {"XDG_RUNTIME_DIR": str(session), "XDG_DATA_HOME": str(session / "data")}
    return {**bare_environment(home), **own}


def check_keyring(executable: Path, home: Path) -> int:
    """Inside the session: unlock a keyring, put a key in, and see the program use it."""
    sys.path.insert(0, str(ROOT))
    from studio.core.keyring_store import KeyringStore
    from studio.core.secrets import Secret

    unlock = ["gnome-keyring-daemon", "--unlock", "--components=secrets"]
    subprocess.run(unlock, input=b"password", check=True, capture_output=True)
    KeyringStore().set("default", Secret(KEY))
    profile = home / "keyring"
    profile.mkdir()
    (profile / "settings.toml").write_text('schema = 1\n[connection]\nmode = "cloud"\n', encoding="utf-8")
    options = ["--run-sandbox", "--key", KEY, "--quiet", "--exit-with-parent"]
    with subprocess.Popen(
        [str(executable), *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as sandbox:
        if sandbox.stdout is None or sandbox.stdin is None:
            raise RuntimeError("pipes were asked for")
        there = json.loads(sandbox.stdout.readline())
        hosts = {
            "POLLINATIONS_BASE_URL": there["base_url"],
            "POLLINATIONS_ENTER_URL": there["enter_url"],
            "POLLINATIONS_MEDIA_URL": there["media_url"],
        }
        command = [str(executable), "--profile", str(profile)]
        with subprocess.Popen(command, env={**os.environ, **hosts}) as program:
            try:
                expect(was_asked(there["base_url"]), "it did not find its key in the keyring")
            finally:
                program.send_signal(signal.SIGTERM)
                sandbox.stdin.close()
        expect(program.returncode == 0, f"it ended with {program.returncode}")
    return 0


def was_asked(base_url: str) -> bool:
    """Whether the sandbox was asked about the key, with the key, within half a minute."""
    for _ in range(300):
        with urllib.request.urlopen(f"{base_url}/_sandbox/requests") as answer:  # noqa: S310 - loopback
            received: Any = json.load(answer)["requests"]
        if any(item["path"] == "/account/key" and item["status"] == 200 for item in received):
            return True
        time.sleep(0.1)
    return False


def say(sentence: str) -> None:
    sys.stdout.write(sentence + "\n")
    sys.stdout.flush()


def expect(fact: bool, otherwise: str) -> None:
    if not fact:
        raise SystemExit(f"The built program does not work: {otherwise}")


if __name__ == "__main__":
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    if sys.argv[1] == "--in-session":
        raise SystemExit(check_keyring(Path(sys.argv[2]), Path(sys.argv[3])))
    raise SystemExit(main(Path(sys.argv[1])))
