"""A report holds what helps, and nothing that is secret, however it got into what is reported."""

from __future__ import annotations

import platform
import urllib.parse
from pathlib import Path

import pytest

from studio.core.secrets import redact
from studio.sandbox.server import SandboxServer
from studio.services.diagnostics import without
from studio.services.notices import BugReport
from studio.services.report import make_report, size_lines
from tests.services.studio import connected, opened, picture

PROMPT = 'a heron über the reeds, "golden" hour'
SECRETS = {
    "key": "sk_planted0123456789abcdef",
    "publishable": "pk_planted9876543210",
    "bearer": "planted.bearer.token",
    "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJwbGFudGVkIjoxfQ.c2lnbmF0dXJl",
    "password": "hunter2planted",
    "proxy": "proxypassplanted",
    "cookie": "cookieplanted",
    "prompt": PROMPT,
    "account": "Ada Planted",
    "user": "adaplanted",
    "computer": "planted-laptop",
    "device": "Ada's own microphone",
    "library": "/mnt/family-planted",
    "setting": "settingplanted",
}  # fmt: skip


def planted() -> str:
    """Secrets in every shape that a log line may have."""
    quoted = urllib.parse.quote(PROMPT)
    return "\n".join([
        f"GET https://gen.example/image/{quoted}?model=flux&key={SECRETS['key']}",
        f"GET https://gen.example/image/{urllib.parse.quote('an unknown prompt')}?seed=1",
        f"body {PROMPT!r} and {{'prompt': {PROMPT!r}}}",
        f"Authorization: Bearer {SECRETS['bearer']}", f"token {SECRETS['jwt']} {SECRETS['publishable']}",
        f"proxy http://someone:{SECRETS['proxy']}@proxy.example:8080/", f"db_password={SECRETS['password']}",
        f"Set-Cookie: {SECRETS['cookie']}; path=/", f"signed in as {SECRETS['account']}",
        f"/home/{SECRETS['user']}/Pictures by {SECRETS['user']} on {platform.node()}",
    ])  # fmt: skip


def assert_clean(text: str) -> None:
    for name, secret in SECRETS.items():
        assert secret not in text, name
        assert urllib.parse.quote(secret) not in text, name
    assert "unknown" not in text
    assert "heron" not in text
    assert str(Path.home()) not in text
    assert platform.node() not in text


async def test_no_secret_that_is_planted_anywhere_is_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "node", lambda: SECRETS["computer"])
    monkeypatch.setenv("USER", SECRETS["user"])
    monkeypatch.setenv("HOME", f"/home/{SECRETS['user']}")
    monkeypatch.setenv("POLLINATIONS_API_KEY", SECRETS["key"])
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:{SECRETS['proxy']}@proxy:1")
    (tmp_path / "settings.toml").write_text(
        f'[look]\ntheme = "{SECRETS["setting"]}"\n[mine]\npassword = "{SECRETS["password"]}"\n',
        encoding="utf-8",
    )
    with SandboxServer() as server:
        async with connected(tmp_path, server, server.key) as at:
            services = at.services
            await services.profile.remember_prompt(PROMPT)
            await at.make(picture(prompt=PROMPT))
            services.settings.change("connection", account=SECRETS["account"], accounts=SECRETS["account"])
            services.settings.change("sound", input="x", input_name=SECRETS["device"])
            services.settings.change("files", library=SECRETS["library"])
            services.settings.change("create", wildcards=SECRETS["library"])
            services.paths.logs.mkdir(parents=True, exist_ok=True)
            (services.paths.logs / "nectary.log").write_text(planted(), encoding="utf-8")
            bug = BugReport(summary=f"ValueError: {PROMPT}", trace=planted(), context=PROMPT)
            text = await make_report(services, bug, seen=[f"screen of {SECRETS['user']}"])
            assert server.key not in text
    assert_clean(text)
    for part in ("Nectary ", "free: ", "library: can be written", "profile database: whole",
                 "pictures: 1 files",
                 "HTTPS_PROXY", "keyring: none", "Last log lines", "service: cloud, online", "safe mode: no",
                 "problem: look.theme", "library = '(set)'"):  # fmt: skip
        assert part in text, part


async def test_a_damaged_or_read_only_place_is_told(tmp_path: Path) -> None:
    async with opened(tmp_path, {}) as at:
        at.services.settings.use_plainly()
        text = await make_report(at.services)
        assert "safe mode: yes" in text
        assert size_lines(await at.services.storage.measure())[-1].startswith("free: ")


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("http://u:pass@h/x", "http://•••@h/x"),
        ("socks5://:pass@h", "socks5://•••@h"),
        ("https://h/a:b@c", "https://h/a:b@c"),
        ("see http://h:80/", "see http://h:80/"),
    ],
)
def test_passwords_in_addresses(text: str, clean: str) -> None:
    assert redact(text) == clean


def test_short_words_stay() -> None:
    assert without("a cat sat", ["cat"], "-", shortest=4) == "a cat sat"
    assert without("a cattle", ["cattle\nsat there"], "-", shortest=4) == "a -"
