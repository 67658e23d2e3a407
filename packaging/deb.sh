#!/usr/bin/env bash
# Packs the frozen program as a .deb: /opt/nectary, /usr/bin/nectary, menu entry, icons.
# Usage: packaging/deb.sh FROZEN_FOLDER VERSION
set -euo pipefail
cd "$(dirname "$0")/.."
frozen=$1
version=$2
architecture=$(dpkg --print-architecture)
root=build/deb
rm -rf "$root"

install -d "$root/opt" "$root/usr/bin" "$root/usr/share/doc/nectary" "$root/DEBIAN"
cp -a "$frozen" "$root/opt/nectary"
cp -a build/share/. "$root/usr/share/"
ln -s /opt/nectary/nectary "$root/usr/bin/nectary"
install -m644 packaging/copyright "$root/usr/share/doc/nectary/copyright"
chmod -R u=rwX,go=rX "$root"

size=$(du -sk --exclude=DEBIAN "$root" | cut -f1)
sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$architecture/" -e "s/@SIZE@/$size/" \
  packaging/control >"$root/DEBIAN/control"
(cd "$root" && find opt usr -type f -print0 | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
target="dist/nectary_${version}_$architecture.deb"
echo "Packing $target"
dpkg-deb --root-owner-group -Zxz --build "$root" "$target" >/dev/null
