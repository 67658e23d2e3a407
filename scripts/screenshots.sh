#!/usr/bin/env bash
# Writes every pane in its states, light and dark, to docs/screenshots.
set -euo pipefail
cd "$(dirname "$0")/.."
export QT_QPA_PLATFORM=offscreen
exec .venv/bin/python -m scripts.screenshots docs/screenshots "$@"
