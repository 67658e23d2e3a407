#!/usr/bin/env bash
# Takes every pane in its states, light and dark: as they are in build/screenshots, small in docs/screenshots.
set -euo pipefail
cd "$(dirname "$0")/.."
export QT_QPA_PLATFORM=offscreen
rm -rf build/screenshots
.venv/bin/python -m scripts.screenshots build/screenshots "$@"
exec .venv/bin/python -m scripts.smaller build/screenshots docs/screenshots
