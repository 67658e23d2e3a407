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
export SOURCE_DATE_EPOCH PYTHONHASHSEED=0 QT_QPA_PLATFORM=offscreen TZ=UTC LC_ALL=C.UTF-8

echo "Freezing Nectary $version"
rm -rf build/frozen build/share build/icons build/deb "dist/$name" dist/"$name".tar.xz dist/nectary_*.deb
$bin/python packaging/icon.py build/icons
$bin/python -m PyInstaller --noconfirm --clean --log-level WARN \
  --workpath build/pyinstaller --distpath build/frozen packaging/nectary.spec
frozen=build/frozen/nectary
find "$frozen" -xtype l -delete # links to libraries that were left out
$bin/python packaging/licences.py requirements/runtime.txt build/pyinstaller/nectary/COLLECT-00.toc "$frozen/licences"

echo "Desktop files"
mkdir -p build/share/metainfo build/share/icons
cp -a build/icons/hicolor build/share/icons/hicolor
install -Dm644 packaging/nectary.desktop build/share/applications/nectary.desktop
# The day of a release stands in the changelog; anything else is of the day of its commit.
day=$(sed -nE "s/^## \[?${version//./\\.}\]?\b.*([0-9]{4}-[0-9]{2}-[0-9]{2}).*/\1/p" CHANGELOG.md | head -n 1)
sed -e "s/@VERSION@/$version/" -e "s/@DATE@/${day:-$(date -u -d "@$SOURCE_DATE_EPOCH" +%F)}/" \
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
# The number of threads and the size of the blocks are given: what xz writes depends on them.
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" --mode=u=rwX,go=rX \
  -C dist -cf - "$name" | xz -T2 --block-size=128MiB -7 >"dist/$name.tar.xz"

bash packaging/deb.sh "$frozen" "$version"
du -sm --apparent-size "$frozen" | awk '{print "Unpacked: " $1 " MB"}'
du -hs dist/*.tar.xz dist/*.deb
