#!/usr/bin/env bash
# Builds dist/: the frozen program as a folder, as a .tar.xz and as a .deb, and tries what was built.
# `make package` makes the environment it runs in.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=build/venv/bin
version=$($bin/python -c 'import studio; print(studio.__version__)')
machine=$(uname -m)
name="nectary-$version-linux-$machine"
# One moment for every file, so that the same commit gives the same archives.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || date +%s)
export SOURCE_DATE_EPOCH PYTHONHASHSEED=0 QT_QPA_PLATFORM=offscreen

echo "Freezing Nectary $version"
rm -rf build/frozen build/share build/deb "dist/$name" dist/"$name".tar.xz dist/nectary_*.deb
$bin/python -m PyInstaller --noconfirm --clean --log-level WARN \
  --workpath build/pyinstaller --distpath build/frozen packaging/nectary.spec
frozen=build/frozen/nectary
find "$frozen" -xtype l -delete # links to libraries that were left out

echo "Desktop files"
$bin/python packaging/icon.py build/share/icons
install -Dm644 packaging/nectary.desktop build/share/applications/nectary.desktop
mkdir -p build/share/metainfo
sed -e "s/@VERSION@/$version/" -e "s/@DATE@/$(date -u -d "@$SOURCE_DATE_EPOCH" +%F)/" \
  packaging/nectary.metainfo.xml >build/share/metainfo/nectary.metainfo.xml
if command -v desktop-file-validate >/dev/null; then
  desktop-file-validate build/share/applications/nectary.desktop
fi
if command -v appstreamcli >/dev/null; then
  # The project has no domain of its own to name itself by.
  appstreamcli validate --no-net --override=cid-desktopapp-is-not-rdns=info \
    build/share/metainfo/nectary.metainfo.xml
fi

echo "Trying the frozen program"
$bin/python packaging/smoke.py "$frozen/nectary"

echo "Packing dist/$name.tar.xz"
mkdir -p "dist/$name"
cp -a "$frozen/." "dist/$name/"
cp -a build/share "dist/$name/share"
cp LICENSE README.md "dist/$name/"
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" \
  -C dist -cf - "$name" | xz -T0 -6 >"dist/$name.tar.xz"

bash packaging/deb.sh "$frozen" "$version"
ls -lh dist | tail -n +2
