"""The page that the browser lands on after the user agreed. Static bytes: nothing of a request is in it.

In the fragment flow the key stands behind `#` and never reaches a server by itself (CONTRACT 11.1): the
script takes it, clears the address before anything else, and sends it to the listener that served the page.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Final

from studio.core.i18n import language, right_to_left, tr

_STYLE: Final = (
    ":root{color-scheme:light dark}"
    "body{font:16px/1.5 system-ui,sans-serif;margin:0;background:Canvas;color:CanvasText}"
    "main{max-width:28rem;margin:16vh auto;padding:2rem}"
    "h1{font-size:1.35rem;margin:0 0 .5rem}"
)

# The first statement reads the address, the second clears it; only then is anything sent. `fetch` in its
# default mode keeps the Origin header real under no-referrer; a form or another mode would send "null".
_SCRIPT: Final = """
var hash = location.hash, path = location.pathname;
history.replaceState(null, "", "/done");
(function () {
  "use strict";
  var words = {
    taken: ["Nectary has the answer", "Go back to Nectary to finish. You can close this page."],
    access_denied: ["You declined", "Nothing was changed. You can close this page."],
    refused: ["This did not work", "Go back to Nectary and start again, or sign in there with a code."],
    publishable: ["This key is meant for web pages", "Nectary needs a key that begins with sk_."],
    gone: ["Nectary no longer waits", "Go back to Nectary and start again."]
  };
  function say(which) {
    document.querySelector("h1").textContent = words[which][0];
    document.querySelector("p").textContent = words[which][1];
  }
  var given = new URLSearchParams(hash.slice(1)), sent = {};
  ["api_key", "error", "state"].forEach(function (name) {
    if (given.has(name)) { sent[name] = given.get(name); }
  });
  hash = "";
  if (!sent.api_key && !sent.error) { say("refused"); return; }
  fetch(path, {
    method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(sent)
  }).then(function (answer) { return answer.text(); }).then(function (word) {
    say(Object.prototype.hasOwnProperty.call(words, word) ? word : "refused");
  }).catch(function () { say("gone"); });
}());
"""

# The code flow needs no relay, only a clean address.
_CLEAR: Final = 'history.replaceState(null, "", "/done");'


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


def _page(title: str, sentence: str, script: str, without: str = "") -> bytes:
    direction = "rtl" if right_to_left() else "ltr"
    noscript = f"<noscript><p>{without}</p></noscript>" if without else ""
    return (
        f'<!DOCTYPE html><html lang="{language()}" dir="{direction}"><head><meta charset="utf-8">'
        "<title>Nectary</title>"
        f"<style>{_STYLE}</style></head><body><main><h1>{title}</h1><p>{sentence}</p>{noscript}</main>"
        f"<script>{script}</script></body></html>"
    ).encode()


def _policy(script: str) -> str:
    return (
        f"default-src 'none'; script-src 'sha256-{_hash(script)}'; style-src 'sha256-{_hash(_STYLE)}'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


RELAY: Final = _page(
    tr("One moment"),
    tr("Nectary is being told."),
    _SCRIPT,
    tr(
        "Scripts are off in this browser, so Nectary cannot be told. "
        "In Nectary, choose to sign in with a code."
    ),
)
RELAY_POLICY: Final = _policy(_SCRIPT)
TAKEN: Final = _page(
    tr("Nectary has the answer"), tr("Go back to Nectary to finish. You can close this page."), _CLEAR
)
DENIED: Final = _page(tr("You declined"), tr("Nothing was changed. You can close this page."), _CLEAR)
CLEAR_POLICY: Final = _policy(_CLEAR)
