#!/usr/bin/env bash
# The user's part of test_root.sh: runs inside the clean Debian, as a user without rights.
# Usage: test_inside.sh self-check offscreen|sound | window
set -euo pipefail
cd "$HOME"
fail() { echo "$*" >&2; exit 1; }
report=$HOME/report.json
profile="$HOME/Mein Prüfstand"

# The value of one field of the report, which has one per line.
field() { sed -nE "s/^ *\"$1\": \"?([^\",]*)\"?,?$/\1/p" "$report"; }

start_display() {
  Xvfb :7 -screen 0 1440x900x24 -nolisten tcp -noreset >/dev/null 2>&1 &
  export DISPLAY=:7
  for _ in $(seq 100); do xdpyinfo >/dev/null 2>&1 && return; sleep 0.1; done
  fail "The display did not start."
}

start_sound() {
  export PULSE_SERVER=unix:$XDG_RUNTIME_DIR/sound
  pulseaudio -n --daemonize=no --use-pid-file=no --exit-idle-time=-1 --log-level=error \
    -L "module-native-protocol-unix socket=$XDG_RUNTIME_DIR/sound auth-anonymous=1" \
    -L "module-null-sink sink_name=out" >/dev/null 2>&1 &
  for _ in $(seq 100); do pactl info >/dev/null 2>&1 && return; sleep 0.1; done
  fail "The sound server did not start."
}

self_check() {
  rm -rf "$profile"
  nectary --self-check --profile "$profile" >"$report" 2>"$HOME/stderr.txt" || { cat "$report" "$HOME/stderr.txt"; fail "The self-check failed."; }
  [ "$(field ok)$(field film_played)" = truetrue ] || { cat "$report"; fail "The self-check is not well."; }
  [ "$(grep -c '^    "' "$report")" -ge 5 ] || fail "Not all panes were opened."
  echo "Self-check passed: panes, a picture by $(field model), a film played, sound device: $(field sound_device), sound played: $(field sound_played)."
  echo "Panes: $(sed -n '/"panes"/,/]/{s/^    "\(.*\)",\{0,1\}$/\1/p}' "$report" | paste -sd ' ')"
}

# The number of the program's own process, which came before those it started.
program() {
  for entry in $(printf '%s\n' /proc/[0-9]* | sort -V); do
    [ "$(readlink "$entry/exe" 2>/dev/null)" = /opt/nectary/nectary ] && { echo "${entry#/proc/}"; return; }
  done
  return 1
}

wait_for_window() {
  for _ in $(seq 300); do
    found=$(xdotool search --onlyvisible --name 'Nectary' 2>/dev/null | head -n 1) && [ -n "$found" ] && return
    sleep 0.1
  done
  fail "No window came."
}

case ${1:-} in
self-check)
  [ "$2" = sound ] && start_sound
  self_check
  [ "$2" != sound ] || [ "$(field sound_played)" = true ] || fail "The sound was not played."
  ;;
window)
  [ -n "${DBUS_SESSION_BUS_ADDRESS:-}" ] || exec dbus-run-session -- bash "$0" window
  start_display
  start_sound
  find "$profile/library" -name '*lighthouse*.jpg' -exec cp {} "$HOME/Ein Bild – schön.jpg" \;
  # The way of a double click on the menu entry, and of "Open with" on a picture.
  for file in "" "$HOME/Ein Bild – schön.jpg"; do
    gio launch /usr/share/applications/nectary.desktop ${file:+"$file"}
    wait_for_window
    echo "gio launch${file:+ with a picture} opened a window: $(xdotool getwindowname "$found")"
    process=$(program) || fail "No process of the program is there."
    [ -z "$file" ] || tr '\0' '\n' <"/proc/$process/cmdline" | grep -qxF "$file" || fail "The file was not handed over."
    sleep 4
    [ -z "${NECTARY_TEST_PICTURES:-}" ] || xwd -root -silent >"$HOME/window${file:+-with-file}.xwd"
    kill -TERM "$process"
    for _ in $(seq 100); do [ -e "/proc/$process" ] || break; sleep 0.1; done
    [ ! -e "/proc/$process" ] || fail "It did not end."
  done
  [ -d "$HOME/.config/nectary" ] || [ -d "$HOME/.local/share/nectary" ] || fail "It kept nothing in the home folder."
  ;;
*) fail "Usage: test_inside.sh self-check offscreen|sound | window" ;;
esac
