"""Runs one measurement and prints its figures.

    python -m benchmarks NAME [--json FILE] [--large] [--bundle DIR_OR_EXECUTABLE] [--minutes N] [--seed N]

NAME is a module of this folder with a function `run() -> dict`. FILE `-` is standard output, which then holds
the JSON object alone. `--large` asks for the sizes that take minutes to make, where there are such;
`--bundle` (startup) compares a built program with the source tree; `--minutes` and `--seed` are for `soak`.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import pkgutil
import sys
from pathlib import Path


def names() -> list[str]:
    """The measurements there are."""
    found = (module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)]))
    return sorted(name for name in found if not name.startswith("_"))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure one part of the program."
    )
    parser.add_argument("name", choices=names())
    parser.add_argument("--json", metavar="FILE", help="write the figures as JSON; - is standard output")
    parser.add_argument("--large", action="store_true", help="the large sizes as well (gallery)")
    parser.add_argument("--bundle", metavar="DIR_OR_EXECUTABLE", help="a built program to compare (startup)")
    parser.add_argument("--minutes", type=float, help="how long (soak)")
    parser.add_argument("--seed", type=int, help="another course of events (soak)")
    options = parser.parse_args(arguments)
    run = importlib.import_module(f"benchmarks.{options.name}").run
    given = {
        name: value for name in ("large", "bundle", "minutes", "seed") if (value := getattr(options, name))
    }
    for name in given:
        if name not in inspect.signature(run).parameters:
            parser.error(f"{options.name} does not know --{name}")
    figures = run(**given)
    text = json.dumps(figures, indent=None if options.json == "-" else 2)
    if options.json and options.json != "-":
        Path(options.json).write_text(text + "\n", encoding="utf-8")
    else:
        sys.stdout.write(text + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
