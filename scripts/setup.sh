#!/usr/bin/env bash
# Makes .venv from the locked requirements and, as root, installs the few system libraries Qt needs.
# Usage: scripts/setup.sh runtime|dev|package
# "package" makes an environment of its own, build/venv, so that nothing of the tests' gets into what is shipped.
set -euo pipefail
cd "$(dirname "$0")/.."
exec >&2 # standard output belongs to what runs afterwards: figures, reports
kind=${1:-runtime}
python=${PYTHON:-python3}
venv=.venv
[ "$kind" = package ] && venv=build/venv

runtime_packages="libglib2.0-0 libgl1 libegl1 libxkbcommon0 libfontconfig1 libdbus-1-3 libxkbcommon-x11-0
libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0 libpulse0 libxrandr2 fonts-inter ca-certificates"
headless_packages="xvfb xauth"
# Screen readers (AT-SPI), real sound in tests: a server of their own with a loudspeaker and microphones made of
# pipes, and a browser that signs in.
dev_packages="xvfb xauth xdotool git dbus gnome-keyring at-spi2-core pulseaudio pulseaudio-utils chromium"
package_packages="binutils xz-utils desktop-file-utils appstream dbus gnome-keyring"

wanted="$runtime_packages"
[ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || wanted="$wanted $headless_packages"
[ "$kind" = dev ] && wanted="$wanted $dev_packages"
[ "$kind" = package ] && wanted="$wanted $package_packages"

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  echo "Nectary needs Python 3.11 or newer; $python is $("$python" -V)."; exit 1; }
if ! "$python" -c 'import ensurepip' 2>/dev/null; then
  wanted="$wanted python3-venv"
fi
# The frozen program carries libpython; Debian's python3 is linked without it and keeps it in a package apart.
if [ "$kind" = package ] && [ "$(readlink -f "$(command -v "$python")" | cut -d/ -f1-3)" = /usr/bin ]; then
  wanted="$wanted lib$("$python" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')"
fi

if command -v dpkg-query >/dev/null; then
  missing=""
  for package in $wanted; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
  done
  if [ -n "$missing" ]; then
    if [ "$(id -u)" = 0 ]; then
      echo "Installing system libraries:$missing"
      export DEBIAN_FRONTEND=noninteractive
      apt-get update -qq
      # shellcheck disable=SC2086
      apt-get install -y -qq --no-install-recommends $missing >/dev/null
    else
      echo "These system libraries are missing; install them once with:"
      echo "  sudo apt-get install --no-install-recommends$missing"
    fi
  fi
fi

[ -x $venv/bin/python ] || "$python" -m venv $venv
if [ ! -e $venv/.runtime ] || [ requirements/runtime.txt -nt $venv/.runtime ]; then
  echo "Installing what Nectary needs into $venv"
  $venv/bin/python -m pip install -q --require-hashes --no-deps -r requirements/runtime.txt
  touch $venv/.runtime
fi
case $kind in
dev)
  echo "Installing what its tests need into $venv"
  $venv/bin/python -m pip install -q --require-hashes --no-deps -r requirements/dev.txt
  $venv/bin/python scripts/fetch_foreign.py
  touch $venv/.dev
  ;;
package)
  echo "Installing what its packages are made with into $venv"
  $venv/bin/python -m pip install -q --require-hashes --no-deps -r requirements/package.txt
  touch $venv/.package
  ;;
esac
