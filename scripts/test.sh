#!/usr/bin/env bash
# Runs all tests side by side; the ones about keyrings start a session bus of their own.
set -euo pipefail
cd "$(dirname "$0")/.."
unset DISPLAY WAYLAND_DISPLAY
export QT_QPA_PLATFORM=offscreen
.venv/bin/python -m pytest -n 2 --dist loadfile "$@"
