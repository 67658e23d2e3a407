"""A sign-in by a real Chromium in which a hostile page comes first. Prints one JSON line.

python browser_round.py PROFILE attack
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from studio.core.secrets import Secret
from studio.sandbox.server import SandboxServer
from studio.services.browser_sign_in import BrowserSignIn, Wishes
from studio.services.context import Services
from tests.api.loopback import Reply, serve
from tests.end_to_end.browser import Browser, chromium
from tests.services.studio import addresses, opened

FORGED = "sk_" + "f" * 40
SHOWN = (
    "document.querySelector('h1') && document.title === 'Nectary' && document.querySelector('h1').textContent"
)


async def by_browser(services: Services, browser: Browser) -> tuple[Secret, dict[str, object]]:
    """Sign in with the listener, with both attacks first; the key, and what the browser showed."""
    pages: asyncio.Queue[str] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    async with services.session.client_for(None) as client:
        attempt = BrowserSignIn(
            client, services.tasks, app_key="", tell=lambda _step, _page: None,
            open_url=lambda url: loop.call_soon_threadsafe(pages.put_nowait, url),
        )  # fmt: skip
        waiting = services.tasks.spawn(attempt.run(Wishes()), name="sign in", owner=services)
        await browser.open(await pages.get())
        told = {**await attack(browser), **await fuzz(browser)}
        await browser.decide("approve")
        told["said"] = await browser.until(f"{SHOWN} !== 'One moment' && {SHOWN}")
        return await waiting, told


# Everything a page can do to another origin without being let in. Nothing of it may reach the listener's
# answer, or change anything.
ATTACK = """
(async function (target, key) {
  const body = JSON.stringify({api_key: key}), made = [];
  const frame = document.createElement("iframe"); frame.src = target; document.body.append(frame);
  const image = new Image(); image.src = target; document.body.append(image);
  const script = document.createElement("script"); script.src = target; document.body.append(script);
  const sheet = document.createElement("link"); sheet.rel = "stylesheet"; sheet.href = target;
  document.head.append(sheet);
  const early = document.createElement("link"); early.rel = "prefetch"; early.href = target;
  document.head.append(early);
  new EventSource(target);
  navigator.sendBeacon(target, new Blob([body], {type: "application/json"}));
  navigator.sendBeacon(target, body);
  for (const kind of ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"]) {
    const form = document.createElement("form"), field = document.createElement("input");
    const into = document.createElement("iframe"); into.name = "f" + made.length + kind;
    form.action = target; form.method = "POST"; form.enctype = kind; form.target = into.name;
    field.name = "api_key"; field.value = key; form.append(field); document.body.append(into, form);
    form.submit();
  }
  for (const mode of ["cors", "no-cors", "same-origin", "navigate"]) {
    for (const method of ["GET", "POST", "PUT"]) {
      for (const kind of ["application/json", "text/plain"]) {
        try {
          const answer = await fetch(target, {
            method: method, mode: mode, headers: {"Content-Type": kind},
            body: method === "GET" ? undefined : body, credentials: "include"
          });
          made.push(answer.type === "opaque" ? "opaque" : "read");
        } catch (error) { made.push("refused"); }
      }
    }
  }
  window.outcome = made;
}(TARGET, KEY)), true
"""


async def attack(browser: Browser) -> dict[str, object]:
    """Before the user decides, a page of another origin tries everything (points 8 to 10)."""
    target = str(await browser.until("new URLSearchParams(location.search).get('redirect_uri')"))
    consent = str(await browser.evaluate("location.href"))
    async with serve(
        lambda _request: Reply(headers={"content-type": "text/html"}, body=b"<body>")
    ) as hostile:
        await browser.open(hostile.url)
        await browser.until(f"location.origin === {hostile.url!r} && !!document.body")
        await browser.evaluate(ATTACK.replace("TARGET", repr(target)).replace("KEY", repr(FORGED)))
        made = await browser.until("window.outcome && JSON.stringify(window.outcome)")
        await browser.open(consent)
        await browser.until("!!document.querySelector('button[value=approve]')")
    outcome = json.loads(str(made))
    return {"attempts": len(outcome) + 11, "read": outcome.count("read")}


FRAGMENTS = (
    "", "#", "#api_key=", "#api_key", "#state=x", "#error=<img src=x onerror=alert(1)>&state=x",
    "#api_key=<script>alert(1)</script>&state=x", "#api_key=%00&state=%ff", "#__proto__=x&constructor=y",
    "#error=access_denied&state=x", "#api_key=a&api_key=b&state=c", "#error=__proto__&state=x",
    "#error=toString&state=", "#" + "a" * 30_000,
    "#api_key=" + "%F0%9F%90%9D" * 500, "#api_key=sk_%26state%3D", "#javascript:alert(1)",
)  # fmt: skip
WORDS = ("Nectary has the answer", "You declined", "This did not work", "Nectary no longer waits",
         "This key is meant for web pages")  # fmt: skip


async def fuzz(browser: Browser) -> dict[str, object]:
    """Odd fragments, and a page that tries to bring in what its policy forbids (points 13 and 14)."""
    asked = str(await browser.until("new URLSearchParams(location.search).get('redirect_uri')"))
    consent = str(await browser.evaluate("location.href"))
    strange: list[str] = []
    for fragment in FRAGMENTS:
        await browser.open("about:blank")
        await browser.open(asked + fragment)
        said = await browser.until(
            f"document.readyState === 'complete' && {SHOWN} !== 'One moment' && {SHOWN}"
        )
        parts = await browser.evaluate("document.body.querySelectorAll('*').length")
        clean = await browser.evaluate("location.pathname === '/done' && location.hash === ''")
        if said not in WORDS or parts > 6 or not clean:
            strange.append(f"{fragment[:40]}: {said}, {parts} parts, {clean}")
    await browser.evaluate(
        "window.broken = []; document.addEventListener('securitypolicyviolation',"
        " function (e) { window.broken.push(e.effectiveDirective); });"
        "var image = new Image(); image.src = 'http://127.0.0.1:9/x.png'; document.body.append(image);"
        "var code = document.createElement('script'); code.textContent = 'window.ran = true';"
        "document.body.append(code);"
        "fetch('http://127.0.0.1:9/').catch(function () {});"
    )
    broken = json.loads(
        str(await browser.until("window.broken.length >= 3 && JSON.stringify(window.broken)"))
    )
    ran = await browser.evaluate("window.ran === true")
    await browser.open(consent)
    return {"strange": strange, "fragments": len(FRAGMENTS), "blocked": sorted(set(broken)), "ran": ran}


async def main(profile: Path) -> dict[str, object]:
    with SandboxServer(speed=0) as server:
        async with (
            opened(profile, addresses(server)) as studio,
            chromium(profile.parent / "browser") as browser,
        ):
            key, told = await by_browser(studio.services, browser)
            told["forged"] = key.reveal() == FORGED
    return told


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(Path(sys.argv[1])))), flush=True)
