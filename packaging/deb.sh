#!/usr/bin/env bash
# Packs the frozen program as a .deb: /opt/nectary, /usr/bin/nectary, menu entry, icons.
# Usage: packaging/deb.sh FROZEN_FOLDER VERSION   (COMPRESSION=zstd for a quick try)
set -euo pipefail
cd "$(dirname "$0")/.."
frozen=$1
version=$2
architecture=$(dpkg --print-architecture)
root=build/deb
documents=$root/usr/share/doc/nectary
rm -rf "$root"

install -d "$root/opt" "$root/usr/bin" "$documents" "$root/usr/share/lintian/overrides" "$root/DEBIAN"
cp -a "$frozen" "$root/opt/nectary"
cp -a build/share/. "$root/usr/share/"
ln -s ../../opt/nectary/nectary "$root/usr/bin/nectary"
install -m644 packaging/copyright "$documents/copyright"
install -m644 packaging/lintian-overrides "$root/usr/share/lintian/overrides/nectary"
gzip -9nc CHANGELOG.md >"$documents/changelog.gz"
chmod -R u=rwX,go=rX "$root"
# Libraries are mapped, not run.
find "$root/opt/nectary/_internal" -type f -exec chmod a-x {} +

size=$(du -sk --apparent-size --exclude=DEBIAN "$root" | cut -f1)
sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$architecture/" -e "s/@SIZE@/$size/" \
  packaging/control >"$root/DEBIAN/control"
(cd "$root" && find opt usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum >DEBIAN/md5sums)
find "$root" -depth -newermt "@${SOURCE_DATE_EPOCH:=$(date +%s)}" -exec touch -hd "@$SOURCE_DATE_EPOCH" {} +
target="dist/nectary_${version}_$architecture.deb"
echo "Packing $target"
mkdir -p dist
dpkg-deb --root-owner-group -Z"${COMPRESSION:-xz}" --threads-max=2 --build "$root" "$target" >/dev/null
