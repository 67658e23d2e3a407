#!/usr/bin/env bash
# Starts Nectary. Where there is no display it opens the same window on a virtual screen against the sandbox,
# makes one picture, and prints where the picture and a screenshot of the window are.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
  exec .venv/bin/python -m studio "$@"
fi
echo "No display here: opening the window on a virtual screen, against the sandbox."
export QT_QPA_PLATFORM=xcb
exec xvfb-run -a -s "-screen 0 1440x900x24 -nolisten tcp" .venv/bin/python -m studio --demonstrate "$@"
