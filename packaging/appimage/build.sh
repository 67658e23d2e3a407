#!/usr/bin/env bash
# Makes dist/Nectary-<version>-<machine>.AppImage of what `make package` built. Not run yet: see packaging/README.md.
# Needs appimagetool (https://github.com/AppImage/appimagetool), which no package of Debian holds.
set -euo pipefail
cd "$(dirname "$0")/../.."
command -v appimagetool >/dev/null || { echo "appimagetool is missing: https://github.com/AppImage/appimagetool" >&2; exit 1; }
frozen=build/frozen/nectary
[ -x "$frozen/nectary" ] || make package
version=$(python3 -c 'import studio; print(studio.__version__)')
directory=build/Nectary.AppDir

bash packaging/appimage/layout.sh "$frozen" "$directory"
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) ARCH=$(uname -m) \
  appimagetool --no-appstream "$directory" "dist/Nectary-$version-$(uname -m).AppImage"
