#!/usr/bin/env bash
# `make package-test`: installs the built .deb into a clean Debian without Python and tries it there, as a user would.
# Needs root, because it makes a Debian of its own in build/root and installs into it; nothing outside of build/ changes
# but debootstrap, which is installed when it is missing. The first run keeps the bare Debian and the downloaded
# packages, so that later ones take a minute or two. NECTARY_TEST_PICTURES=DIR keeps pictures of the windows (.xwd).
set -euo pipefail
cd "$(dirname "$0")/.."
suite=bookworm
root=$PWD/build/root
kept=$PWD/build/root-$suite.tar
downloads=$PWD/build/root-downloads
inside=packaging/test_inside.sh

[ "$(id -u)" = 0 ] || {
  echo "make package-test makes a Debian of its own and installs into it, which takes root: sudo make package-test" >&2
  exit 1; }
if [ "${1:-}" != --alone ]; then
  command -v debootstrap >/dev/null || {
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends debootstrap >/dev/null; }
  shopt -s nullglob
  built=(dist/nectary_*_"$(dpkg --print-architecture)".deb)
  [ ${#built[@]} -gt 0 ] || make package
  # Mounts and processes of its own: whatever happens, nothing is left behind.
  exec unshare --mount --pid --fork --kill-child bash "$0" --alone
fi
mount --make-rprivate /

packages=(dist/nectary_*_"$(dpkg --print-architecture)".deb)
package=${packages[-1]}
echo "Testing $package of $(date -r "$package" '+%F %H:%M')"
say() { printf '\n%s\n' "$*"; }
within() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
  DEBIAN_FRONTEND=noninteractive "$@"; }
install_there() { within apt-get install -y -qq --no-install-recommends "$@" >"$root/tmp/apt.log" 2>&1 || {
  cat "$root/tmp/apt.log"; echo "apt could not install: $*" >&2; exit 1; }; }

# ---------------------------------------------------------------- a clean Debian
# shellcheck disable=SC2016  # apt's own variables
mirror=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(ORIGIN)' 'Created-By: Packages' |
  awk -v suite=$suite '$2 == suite && $3 == "Debian" {print $1; exit}')
mirror=${NECTARY_TEST_MIRROR:-${mirror:?No mirror is in the sources of apt; name one in NECTARY_TEST_MIRROR.}}
if [ ! -e "$kept" ]; then
  say "Making a bare Debian ($suite)"
  rm -rf "$root"
  debootstrap --variant=minbase "$suite" "$root" "$mirror" >build/root.log 2>&1 || { tail -n 20 build/root.log; exit 1; }
  tar -C "$root" -cf "$kept.part" . && mv "$kept.part" "$kept"
fi
say "A clean Debian"
rm -rf "$root"
mkdir -p "$root" "$downloads/partial"
tar -C "$root" -xf "$kept"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=1777 tmp "$root/tmp"
mount -t tmpfs -o mode=1777 shm "$root/dev/shm" 2>/dev/null || { mkdir -p "$root/dev/shm"; mount -t tmpfs shm "$root/dev/shm"; }
mount --bind "$downloads" "$root/var/cache/apt/archives"
rm -f "$root"/etc/apt/apt.conf.d/docker-clean
echo 'APT::Keep-Downloaded-Packages "true"; Binary::apt::APT::Keep-Downloaded-Packages "true";' >"$root/etc/apt/apt.conf.d/keep"
cp /etc/resolv.conf "$root/etc/resolv.conf" 2>/dev/null || true
within apt-get update -qq
if within sh -c 'command -v python3'; then echo "This Debian has Python; the test would prove nothing." >&2; exit 1; fi
cp "$package" "$root/tmp/nectary.deb"
cp "$inside" "$root/tmp/inside.sh"

# ---------------------------------------------------------------- an older package, then the new one over it
say "Installing an older package, then the new one over it"
older=$root/tmp/older
dpkg-deb -R "$package" "$older"
sed -i 's/^Version: .*/Version: 0.0.0~older/' "$older/DEBIAN/control"
# A package of mere kilobytes is enough: one file that the new one does not have any more.
find "$older/opt/nectary" -mindepth 1 -delete
echo old >"$older/opt/nectary/only-in-the-older"
: >"$older/DEBIAN/md5sums"
dpkg-deb --root-owner-group -Znone --build "$older" "$root/tmp/older.deb" >/dev/null
rm -rf "$older"
install_there /tmp/older.deb
[ -e "$root/opt/nectary/only-in-the-older" ]
install_there /tmp/nectary.deb
[ ! -e "$root/opt/nectary/only-in-the-older" ] || { echo "The upgrade left a file of the older package." >&2; exit 1; }

say "Libraries: is everything there that the package does not carry?"
missing=$(within bash -c 'export LD_LIBRARY_PATH=/opt/nectary/_internal
  find /opt/nectary \( -name "*.so*" -o -name nectary \) -type f -print0 | xargs -0 -n 50 ldd 2>/dev/null |
  grep "not found" | sort -u' || true)
[ -z "$missing" ] || { echo "$missing"; echo "The package must carry these, or depend on them." >&2; exit 1; }

# ---------------------------------------------------------------- a user, in the bare system
home="/home/Jörg Müller"
echo 'müller:x:1000:1000:Jörg Müller:/home/Jörg Müller:/bin/bash' >>"$root/etc/passwd"
echo 'müller:x:1000:' >>"$root/etc/group"
mkdir -p "$root$home" "$root/run/user/1000"
chown 1000:1000 "$root$home" "$root/run/user/1000"
chmod 700 "$root/run/user/1000"
as_user() { chroot --userspec=1000:1000 "$root" /usr/bin/env -i PATH=/usr/bin:/bin HOME="$home" USER=müller \
  LANG="${language:-C.UTF-8}" NECTARY_TEST_PICTURES="${NECTARY_TEST_PICTURES:-}" XDG_RUNTIME_DIR=/run/user/1000 bash /tmp/inside.sh "$@"; }
# From here on nothing can write where the program lies.
mount --bind "$root/opt" "$root/opt"
mount -o remount,ro,bind "$root/opt"

say "The bare system: no display, no sound, no locale"
as_user self-check offscreen

say "With a display, sound, a session bus and a German locale"
install_there xvfb xauth xdotool x11-utils dbus libglib2.0-bin pulseaudio pulseaudio-utils locales desktop-file-utils
[ -z "${NECTARY_TEST_PICTURES:-}" ] || install_there x11-apps
if within sh -c 'command -v python3'; then echo "The tools of the test brought Python." >&2; exit 1; fi
within localedef -i de_DE -f UTF-8 de_DE.UTF-8
within dbus-uuidgen --ensure
within install -d -m 1777 /tmp/.X11-unix
language=de_DE.UTF-8
as_user self-check sound
as_user window
[ -z "${NECTARY_TEST_PICTURES:-}" ] || { mkdir -p "$NECTARY_TEST_PICTURES"; mv "$root$home"/*.xwd "$NECTARY_TEST_PICTURES/"; }

# ---------------------------------------------------------------- removal
umount "$root/opt"
before=$(cd "$root$home" && find . -type f ! -path './.cache/*' | LC_ALL=C sort)
for way in remove purge; do
  say "apt $way"
  [ -e "$root/opt/nectary" ] || install_there /tmp/nectary.deb
  within apt-get "$way" -y -qq nectary >"$root/tmp/apt.log" 2>&1 || { cat "$root/tmp/apt.log"; exit 1; }
  for left in /opt/nectary /usr/bin/nectary /usr/share/applications/nectary.desktop; do
    [ ! -e "$root$left" ] || { echo "$left is still there after apt $way." >&2; exit 1; }
  done
  after=$(cd "$root$home" && find . -type f ! -path './.cache/*' | LC_ALL=C sort)
  [ "$before" = "$after" ] || { diff <(echo "$before") <(echo "$after"); echo "apt $way took files of the user." >&2; exit 1; }
done
echo "Settings and library are left alone: $(echo "$before" | wc -l) files."
say "The package works in a clean Debian without Python."
