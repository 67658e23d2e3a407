"""The start of a built program beside that of the source tree, for `benchmarks.startup --bundle`.

Both are started in turn with the same user's folders, and say themselves when their first frame was painted
(`NECTARY_TIME_START`, see `studio.app`); the clock is the one that all processes share.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
ROUNDS = 15
PATIENCE_SECONDS = 60
PREFIXES = ("POLLINATIONS_", "PYTHON", "NECTARY_", "LD_LIBRARY_PATH")


def executable_of(bundle: Path) -> Path:
    """The program of a built folder, or the program itself.

    Raises:
        SystemExit: there is none.
    """
    for path in (
        bundle,
        bundle / "nectary",
        bundle / "nectary.exe",
        bundle / "Contents" / "MacOS" / "nectary",
    ):
        if path.is_file():
            return path.resolve()
    raise SystemExit(f"There is no built program in {bundle}.")


def compare(bundle: Path, environment: Mapping[str, str], rounds: int = ROUNDS) -> dict[str, float]:
    """Medians in ms from the start of the process to the first frame, and the median of the rounds' ratios.

    Args:
        environment: the user's folders and the platform.
    """
    commands = {"source": [sys.executable, "-m", "studio"], "bundle": [str(executable_of(bundle))]}
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, command in commands.items():
            milliseconds = _first_frame(command, environment)
            if number:  # the first round fills the system's cache
                taken[name].append(milliseconds)
    pairs = zip(taken["bundle"], taken["source"], strict=True)
    return {
        **{f"{name}_start_ms": round(statistics.median(times), 1) for name, times in taken.items()},
        "bundle_ratio": round(statistics.median(one / other for one, other in pairs), 2),
    }


def _first_frame(command: Sequence[str], environment: Mapping[str, str]) -> float:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(PREFIXES)}
    began = time.monotonic()
    done = subprocess.run(
        command, cwd=ROOT, env={**kept, **environment, "NECTARY_TIME_START": "1"}, capture_output=True,
        text=True, check=False, timeout=PATIENCE_SECONDS,
    )  # fmt: skip
    if done.returncode or not done.stdout:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")
    return (json.loads(done.stdout)["first_frame"] - began) * 1000
