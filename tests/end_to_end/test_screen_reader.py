"""The running program over AT-SPI: a real window, a real bus, nothing of the program in this process."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from studio.shell.preference_pages import PAGES
from tests.end_to_end.programs import ROOT, environment

LAUNCHER = Path("/usr/libexec/at-spi-bus-launcher")
NEEDED = ("dbus-run-session", "xvfb-run", "xauth", "xdotool")
pytestmark = [
    pytest.mark.end_to_end,
    pytest.mark.skipif(
        not (LAUNCHER.exists() and all(shutil.which(name) for name in NEEDED)),
        reason="needs at-spi2-core, dbus, Xvfb and xdotool",
    ),
]
SECONDS = 170.0
NAMELESS = {
    "filler",
    "panel",
    "label",
    "scroll bar",
    "layered pane",
    "splitter",
    "grip",
    "separator",
    "viewport",
}
"""Roles that only hold or part others."""


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the round heard (`screen_reader_round.py`)."""
    folder = tmp_path_factory.mktemp("reader")
    inherited = environment(HOME=str(folder), XDG_RUNTIME_DIR=str(folder))
    for name in ("DBUS_SESSION_BUS_ADDRESS", "AT_SPI_BUS_ADDRESS", "NO_AT_BRIDGE"):
        inherited.pop(name, None)
    errand = [sys.executable, str(ROOT / "tests/end_to_end/screen_reader_round.py"), str(folder / "profile")]
    within = f'{LAUNCHER} --launch-immediately >/dev/null 2>&1 & exec "$@"'
    screen = ["xvfb-run", "-a", "-s", "-screen 0 1440x900x24 -nolisten tcp"]
    done = subprocess.run(
        [*screen, "dbus-run-session", "--", "bash", "-c", within, "bash", *errand],
        env=inherited, capture_output=True, text=True, timeout=SECONDS, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-6000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_price_job_picture_and_answer_are_heard(heard: dict[str, Any]) -> None:
    assert heard["price"] == "· ≈ 0.002 pollen"
    assert heard["job"]["name"] == "a lighthouse at dusk"
    assert heard["job"]["description"].startswith("FLUX.1 Schnell")
    assert heard["tray"]["name"].startswith("a lighthouse at dusk. ")
    assert heard["picture"]["name"] == "a lighthouse at dusk, picture, flux.1-schnell, 0.002 pollen"
    assert heard["answer"]["name"].startswith("GPT-5.4 Nano: ")


PLACES = (
    "first start", "key sheet", "whose key", "no keyring", "Create", "Library", "Chat", "Audio", "Account",
    "in the chat", "jobs open", "preferences", "grid sheet", "grid table", "job tray", "viewer", "selection",
    "compare", "export", "Music", "Transcribe", "Requests", "Keys", "Uploads", "notices",
    "shortcuts", "palette", "welcome",
)  # fmt: skip
HOLDERS = {"filler", "panel", "layered pane", "scroll pane", "viewport", "unknown"}
"""Roles of what cannot be worked itself."""
MEASURED = {"slider", "spin box", "progress bar", "dial"}
RAW = re.compile(
    r"</?[a-z]+>|&(amp|lt|gt|nbsp|#\d+);|\b[a-z]+_[a-z_]+\b|\b[a-z]+[A-Z][a-z]+\b|\b[0-9a-f]{12,}\b|\bNone\b"
)
"""Markup, names of parameters, ids, and Python's nothing."""
Rule = Callable[[dict[str, Any]], bool]
BROKEN: dict[str, Rule] = {
    "has no name": lambda item: (
        not item["name"].strip() and (item["focusable"] or item["role"] not in NAMELESS)
    ),
    "takes the focus and does not say what it is": lambda item: item["focusable"] and item["role"] in HOLDERS,
    "has words and no role": lambda item: item["role"] == "filler" and bool(item["name"]),
    "does not tell its value": lambda item: item["role"] in MEASURED and item["value"] is None,
    "is called by what only programs know": lambda item: (
        not is_written(item)
        # Alone it is a choice that the user has.
        and any(RAW.search(said) for said in (item["name"], item["description"]) if said != "None")
    ),
    "takes the focus and has no size": lambda item: item["focusable"] and min(item["box"][2:]) <= 0,
    "has blanks around its name": lambda item: item["name"].strip() not in ("", item["name"]),
}


def is_written(item: dict[str, Any]) -> bool:
    """Whether its words are the user's or an answer's, or tell how a key begins."""
    said = item["name"]
    return item["role"] == "list item" or "POLLINATIONS_API_KEY" in said or "sk_" in said or "pk_" in said


def walked(heard: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    return {place: items for place, items in heard.items() if is_tree(items)}


def is_tree(told: Any) -> bool:
    return isinstance(told, list) and bool(told) and isinstance(told[0], dict)


def test_every_place_was_walked(heard: dict[str, Any]) -> None:
    places = walked(heard)
    assert {place: len(places.get(place, ())) for place in PLACES if len(places.get(place, ())) <= 20} == {}
    assert heard["preference pages"] == [page.title for page in PAGES]
    assert all(len(places[f"preferences {page.title}"]) > 20 for page in PAGES)


@pytest.mark.parametrize("what", BROKEN)
def test_nothing(heard: dict[str, Any], what: str) -> None:
    broken = {
        f"{item['role']} {item['name']!r} in {item['within']}": place
        for place, items in walked(heard).items()
        for item in items
        if BROKEN[what](item)
    }
    assert broken == {}


def test_no_two_controls_beside_each_other_sound_alike(heard: dict[str, Any]) -> None:
    """Cells and items of lists are told apart by where they stand; everything else by its words."""
    alike: dict[str, str] = {}
    for place, items in walked(heard).items():
        heard_once: set[tuple[Any, ...]] = set()
        for item in items:
            if not item["focusable"] or item["role"] in ("cell", "list item"):
                continue
            sound = (item["name"], item["role"], item["description"], item["parent"])
            if sound in heard_once:
                alike[f"{sound[:3]} in {item['within']}"] = place
            heard_once.add(sound)
    assert alike == {}


def test_pictures_say_what_they_show_and_who_made_them(heard: dict[str, Any]) -> None:
    pictures = [
        item["name"] for item in heard["Library"]
        if item["role"] == "list item" and "'Gallery'" in item["within"][-1]
    ]  # fmt: skip
    assert pictures
    assert all(name.startswith("a lighthouse at dusk, picture, flux.1-schnell, ") for name in pictures)


def test_what_happens_by_itself_is_announced(heard: dict[str, Any]) -> None:
    first, tour, second, *answer = heard["announced"]
    assert first.startswith("You are signed in. You can spend ")
    assert tour.startswith("The price is on the button")
    assert second == "1 result is ready. a lighthouse at dusk · 0.002 pollen"
    assert answer[-1] == "Answer complete"
    said = "\n".join(answer)
    assert "Lighthouse at a glance" in said
    assert not re.search(r"\*\*|^#|\[\^", said, re.MULTILINE)


def test_escape_closes_whatever_stands_over_the_window(heard: dict[str, Any]) -> None:
    assert heard["left open"] == []
