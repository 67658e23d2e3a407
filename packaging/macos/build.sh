#!/usr/bin/env bash
# Builds dist/Nectary.app and dist/Nectary-<version>.dmg. Not run yet: see packaging/README.md.
# Needs Python 3.11 or newer from python.org, and Apple's command line tools. With a Developer ID in IDENTITY and a
# stored notarytool profile in NOTARY_PROFILE the result is signed and notarised; without, it is signed for this
# machine alone.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ "$(uname)" = Darwin ] || { echo "This builds on macOS." >&2; exit 1; }
identity=${IDENTITY:--}
stamp=--timestamp
[ "$identity" != - ] || stamp=--timestamp=none
bin=build/venv/bin
[ -x $bin/python ] || python3 -m venv build/venv
$bin/python -m pip install -q --require-hashes --no-deps -r requirements/package.txt
version=$($bin/python -c 'import studio; print(studio.__version__)')
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH PYTHONHASHSEED=0

$bin/python packaging/icon.py build/icons
$bin/python -m PyInstaller --noconfirm --clean --log-level WARN \
  --workpath build/pyinstaller --distpath dist packaging/nectary.spec
app=dist/Nectary.app
$bin/python packaging/licences.py requirements/runtime.txt build/pyinstaller/nectary/COLLECT-00.toc \
  "$app/Contents/Resources/licences"

# From the inside out: libraries first, the application last. --deep would sign them with wrong entitlements.
find "$app/Contents" -type f \( -name '*.dylib' -o -name '*.so' \) -print0 |
  xargs -0 codesign --force "$stamp" --options runtime --sign "$identity"
codesign --force "$stamp" --options runtime --entitlements packaging/macos/entitlements.plist --sign "$identity" "$app"
codesign --verify --strict --verbose=2 "$app"
$bin/python packaging/smoke.py "$app/Contents/MacOS/nectary"

image="dist/Nectary-$version.dmg"
staging=$(mktemp -d)
cp -R "$app" "$staging/"
ln -s /Applications "$staging/Applications"
hdiutil create -volname Nectary -srcfolder "$staging" -ov -format ULMO "$image"
rm -rf "$staging"
if [ "$identity" != - ]; then
  codesign --force --timestamp --sign "$identity" "$image"
  xcrun notarytool submit "$image" --keychain-profile "${NOTARY_PROFILE:?a profile of notarytool}" --wait
  xcrun stapler staple "$image"
fi
