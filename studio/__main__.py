"""`python -m studio` and the `nectary` command."""

from __future__ import annotations

import sys


def main() -> int:
    """Start the program; the result is the exit code."""
    if "--run-sandbox" in sys.argv[1:2]:
        # A frozen build has no `python -m`: its own executable is the sandbox too.
        from studio.sandbox.__main__ import main as run_sandbox

        return run_sandbox(sys.argv[2:])
    from studio.app import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
