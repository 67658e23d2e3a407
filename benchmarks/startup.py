"""Cold start: from the start of the process to a window that has painted and takes a typed letter.

A bare PySide6 window, the program with an empty library, the program with 100,000 assets and the very first
start (the welcome page) are started in turn, round after round, so that whatever else the machine does meets
all of them alike. Ratios are medians over the rounds. Files are in the system's cache; a round that is not
counted goes first.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks._bundle import compare

ROUNDS = 15
XVFB_ROUNDS = 9
LINGERING = 3
LINGER_SECONDS = 3.0
SIZE = 100_000
SETTINGS = 'schema = 1\n\n[connection]\nmode = "sandbox"\n'
CHOSEN, LARGE, FIRST = "empty", "100k", "welcome"
Figures = dict[str, float]


def run(bundle: str = "") -> dict[str, float | str]:
    """Figures in milliseconds and MB.

    Args:
        bundle: the folder or executable of a built program, to be compared with the source tree:
            `bundle_ratio` and, where there is an X server, `xvfb_bundle_ratio`.

    `ratio_to_bare`, `ratio_welcome_to_bare` and `ratio_100k_to_empty` compare the whole cold start;
    `..._ms` are its medians. After the first frame, each the median of a few longer runs: `services_ms` and
    `gallery_ms` (both since the start of the process) tell when the services were attached and when the
    first thumbnail of 100,000 was there, `longest_stall_ms` how long the window's thread was away at most in
    the first seconds, measured by a timer of 5 ms. `peak_rss_mb` is with 100,000 assets.
    """
    library = large_library()
    with tempfile.TemporaryDirectory(prefix="nectary-startup-") as folder:
        homes = {name: Path(folder) / name for name in (CHOSEN, LARGE, FIRST)}
        for name, home in homes.items():
            _furnish(home, chosen=name != FIRST, library=library if name == LARGE else None)
        kinds = {name: _homes(home) for name, home in homes.items()}
        offscreen = {"QT_QPA_PLATFORM": "offscreen"}
        out: dict[str, float | str] = {"platform": "offscreen", "rounds": ROUNDS}
        out |= _ratios(kinds, offscreen, ROUNDS)
        out |= _afterwards(kinds, offscreen)
        if bundle:
            out |= compare(Path(bundle), {**kinds[CHOSEN], **offscreen})
        if shutil.which("Xvfb"):
            with _virtual_screen() as display:
                xcb = {"QT_QPA_PLATFORM": "xcb", "DISPLAY": display}
                out["xvfb_ratio_to_bare"] = _ratios({CHOSEN: kinds[CHOSEN]}, xcb, XVFB_ROUNDS)[
                    "ratio_to_bare"
                ]
                if bundle:
                    there = compare(Path(bundle), {**kinds[CHOSEN], **xcb}, XVFB_ROUNDS)
                    out["xvfb_bundle_ratio"] = there["bundle_ratio"]
    return out


# ---------------------------------------------------------------------- what is started


def large_library() -> Path:
    """A library of 100,000 assets with thumbnails, made once and kept among the temporary files."""
    from benchmarks.gallery import make_library

    root = Path(tempfile.gettempdir()) / f"nectary-benchmark-library-{SIZE}"
    finished = root / ".complete"
    if not finished.exists():
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir(parents=True)
        make_library(root, SIZE)
        finished.touch()
    return root


def _furnish(home: Path, *, chosen: bool, library: Path | None) -> None:
    """A user's folders; with the settings of one who has chosen a service before, if so."""
    config = home / "config" / "nectary"
    config.mkdir(parents=True)
    if chosen:
        files = f"\n[files]\nlibrary = {json.dumps(str(library))}\n" if library else ""
        (config / "settings.toml").write_text(SETTINGS + files, encoding="utf-8")


def _homes(home: Path) -> dict[str, str]:
    """The environment of a user whose home this is."""
    folders = {f"XDG_{kind.upper()}_HOME": str(home / kind) for kind in ("config", "cache", "state", "data")}
    return {"HOME": str(home), **folders}


def _start(kind: str, arguments: list[str], environment: Mapping[str, str]) -> Figures:
    command = [sys.executable, "-m", "benchmarks._startup", kind, repr(time.monotonic()), *arguments]
    # Installed programs have their bytecode; a setting that keeps Python from writing it would measure the
    # compiler instead.
    left_out = ("POLLINATIONS_", "PYTHONDONTWRITEBYTECODE")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(left_out)}
    done = subprocess.run(
        command, env={**kept, **environment}, capture_output=True, text=True, check=False, timeout=120
    )
    if done.returncode or not done.stdout:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


# ---------------------------------------------------------------------- figures


def _ratios(kinds: Mapping[str, Mapping[str, str]], platform: Mapping[str, str], rounds: int) -> Figures:
    usable: dict[str, list[float]] = {name: [] for name in ("bare", *kinds)}
    for number in range(rounds + 1):
        taken = {"bare": _start("bare", [], platform)}
        for name, environment in kinds.items():
            taken[name] = _start("app", ["0"], {**environment, **platform})
        for name, figures in taken.items():
            if number:
                usable[name].append(figures["usable_ms"])
    out = {f"{name}_ms": round(statistics.median(times), 1) for name, times in usable.items()}
    out["ratio_to_bare"] = _ratio(usable[CHOSEN], usable["bare"])
    if LARGE in usable:
        out["ratio_100k_to_empty"] = _ratio(usable[LARGE], usable[CHOSEN])
    if FIRST in usable:
        out["ratio_welcome_to_bare"] = _ratio(usable[FIRST], usable["bare"])
    return out


def _ratio(times: list[float], others: list[float]) -> float:
    """The median of the rounds' own ratios."""
    return round(statistics.median(one / other for one, other in zip(times, others, strict=True)), 2)


def _afterwards(kinds: Mapping[str, Mapping[str, str]], platform: Mapping[str, str]) -> Figures:
    """What happens behind the first frame."""
    runs: dict[str, list[Figures]] = {}
    for name in (CHOSEN, LARGE):
        arguments = [str(LINGER_SECONDS), *(["filled"] if name == LARGE else [])]
        runs[name] = [_start("app", arguments, {**kinds[name], **platform}) for _ in range(LINGERING)]

    def middle(name: str, figure: str) -> float:
        return round(statistics.median(run[figure] for run in runs[name]), 1)

    return {
        "services_ms": middle(CHOSEN, "services_ms"),
        "services_100k_ms": middle(LARGE, "services_ms"),
        "gallery_ms": middle(LARGE, "gallery_ms"),
        "longest_stall_ms": middle(CHOSEN, "longest_stall_ms"),
        "longest_stall_100k_ms": middle(LARGE, "longest_stall_ms"),
        "peak_rss_mb": middle(LARGE, "peak_rss_mb"),
        "peak_rss_empty_mb": middle(CHOSEN, "peak_rss_mb"),
    }


@contextmanager
def _virtual_screen() -> Iterator[str]:
    """An X server in memory; it picks a free number and tells it."""
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1600x1000x24", "-nolisten", "tcp"],
        pass_fds=(write,),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    try:
        with os.fdopen(read) as pipe:
            yield f":{pipe.readline().strip()}"
    finally:
        server.terminate()
        server.wait()
