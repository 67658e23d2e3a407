#!/usr/bin/env bash
# Runs the tests: everything side by side, then what needs a session bus with a keyring of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
unset DISPLAY WAYLAND_DISPLAY
export QT_QPA_PLATFORM=offscreen
.venv/bin/python -m pytest -n 2 --dist loadfile -m "not keyring" "$@"
