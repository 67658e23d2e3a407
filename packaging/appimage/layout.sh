#!/usr/bin/env bash
# Lays out an AppDir: what appimagetool packs. This part has been run; its AppRun starts the program.
# Usage: packaging/appimage/layout.sh FROZEN_FOLDER APPDIR
set -euo pipefail
cd "$(dirname "$0")/../.."
frozen=$1
directory=$2
rm -rf "$directory"
mkdir -p "$directory/opt" "$directory/usr"
cp -a "$frozen" "$directory/opt/nectary"
cp -a build/share "$directory/usr/share"
install -m755 packaging/appimage/AppRun "$directory/AppRun"
cp build/share/applications/nectary.desktop "$directory/nectary.desktop"
cp build/share/icons/hicolor/256x256/apps/nectary.png "$directory/nectary.png"
ln -s nectary.png "$directory/.DirIcon"
