"""Tries a built program the way a user's machine would run it: without this checkout and its environment.

    python packaging/smoke.py EXECUTABLE

It asks for the version, then for the self-check, which opens every pane, starts the sandbox inside the built
program and makes one picture. The panes must be those of the source.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 180
PNG_OR_JPEG = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF")


def main(executable: Path) -> int:
    sys.path.insert(0, str(ROOT))
    from studio import __version__
    from studio.shell.pane_registry import find_panes

    with tempfile.TemporaryDirectory(prefix="nectary-smoke-") as folder:
        said = run(executable, ["--version"], Path(folder)).stdout.strip()
        expect(said == f"Nectary {__version__}", f"--version said {said!r}")
        done = run(executable, ["--self-check", "--profile", folder], Path(folder))
        report: dict[str, Any] = json.loads(done.stdout)
        panes = [pane.title for pane in find_panes()]
        expect(report["panes"] == panes, f"panes {report['panes']}; the source has {panes}")
        expect(report["sandbox"] is True, "the picture is not the sandbox's")
        picture, sidecar = Path(report["picture"]), Path(report["sidecar"])
        expect(picture.read_bytes().startswith(PNG_OR_JPEG), f"{picture.name} is no picture")
        seed = json.loads(sidecar.read_bytes())["provenance"]["seed"]
        expect(seed == report["seed"], "the sidecar has another seed")
        expect(not done.stderr.strip(), f"it complained: {done.stderr}")
    sys.stdout.write(f"The built program works: {', '.join(panes)}; one picture by {report['model']}.\n")
    return 0


def run(executable: Path, arguments: list[str], home: Path) -> subprocess.CompletedProcess[str]:
    """Run it with nothing of this environment but what a session gives every program."""
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    environment["QT_QPA_PLATFORM"] = "offscreen"
    done = subprocess.run(
        [str(executable.resolve()), *arguments], cwd=home, env=environment, timeout=SECONDS,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    expect(done.returncode == 0, f"{arguments} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done


def expect(fact: bool, otherwise: str) -> None:
    if not fact:
        raise SystemExit(f"The built program does not work: {otherwise}")


if __name__ == "__main__":
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    raise SystemExit(main(Path(sys.argv[1])))
