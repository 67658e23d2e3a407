"""Works the program as a blind user does: without a mouse, without looking, through AT-SPI alone.

Runs within a session bus and a virtual screen of its own (`test_screen_reader.py`), makes a picture, asks a
question, goes through the panes, and prints what it heard as JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

from tests.end_to_end.programs import sandbox  # noqa: E402 - the folder of the tests first
from tests.end_to_end.screen_reader import FOCUSABLE, FOCUSED, SENSITIVE, Item, Reader  # noqa: E402 - as above

LANDMARKS = {
    "Create": "Generate",
    "Library": "Search library",
    "Chat": "Message",
    "Audio": "Script",
    "Account": "Balance",
}
PROMPT = "a lighthouse at dusk"
QUESTION = "What is a lighthouse for?"
SLOW = [{"model": "flux", "latency": 4.0}]
"""Long enough to hear of the job while it runs, on a busy machine too."""


def told(item: Item) -> dict[str, Any]:
    return {
        "role": item.role, "name": item.name, "description": item.description,
        "focusable": item.has(FOCUSABLE), "within": item.within[-3:], "box": item.box, "value": item.value,
    }  # fmt: skip


def everything(reader: Reader) -> list[dict[str, Any]]:
    """All that shows, each with the place of what it is in."""
    above: list[str] = []
    everyone: list[dict[str, Any]] = []
    for item in reader.tree():
        del above[len(item.within) :]
        everyone.append({**told(item), "parent": above[-1] if above else ""})
        above.append(item.path)
    return everyone


def speaks_of(*words: str) -> Callable[[Item], bool]:
    """Items whose name or description holds all these words."""
    return lambda item: all(word in f"{item.name} {item.description}" for word in words)


def is_item(*words: str) -> Callable[[Item], bool]:
    """Items of a list that speak of all these words."""
    return lambda item: item.role == "list item" and speaks_of(*words)(item)


def keys(*names: str) -> None:
    """Keys of the keyboard, to the window in front."""
    subprocess.run(["xdotool", "key", "--clearmodifiers", *names], check=True, timeout=10)


def write(words: str) -> None:
    """Type a text where the keyboard is."""
    subprocess.run(["xdotool", "type", "--delay", "2", words], check=True, timeout=20)


def front() -> None:
    """Give the window the keyboard: there is no window manager here to do it."""
    search = ["xdotool", "search", "--sync", "--onlyvisible", "--name", "Nectary"]
    found = subprocess.run(search, capture_output=True, text=True, check=True, timeout=30).stdout
    subprocess.run(["xdotool", "windowfocus", "--sync", found.split()[0]], check=True, timeout=10)


def shows(reader: Reader, *words: str) -> bool:
    return any(item.name in words for item in reader.tree())


def until(found: Callable[[], bool]) -> None:
    """Wait for something. LookupError if it does not come."""
    end = time.monotonic() + 20
    while not found():
        if time.monotonic() > end:
            raise LookupError("what was waited for did not come")
        time.sleep(0.05)


def gone(reader: Reader, name: str) -> bool:
    """Whether something with this name goes away."""
    until = time.monotonic() + 10
    while shows(reader, name):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def press(reader: Reader, name: str, role: str = "push button") -> None:
    reader.press(reader.find(name, role))


def palette(reader: Reader, words: str, heard: dict[str, Any]) -> None:
    """Run a command from the palette."""
    keys("ctrl+k")
    field = reader.find("Search everything", "text")
    if "palette" not in heard:
        heard["palette"] = everything(reader)
    reader.write(field, words)
    reader.first(is_item(words), words)
    keys("Return")


def look_around(reader: Reader) -> dict[str, Any]:
    """Open what stands over the window, by keys, and close it with Escape."""
    heard: dict[str, Any] = {}
    left: list[str] = []

    def state(name: str, landmark: str, *, escape: bool = True) -> None:
        reader.find(landmark)
        heard[name] = everything(reader)
        if escape:
            keys("Escape")
            if not gone(reader, landmark):
                left.append(name)

    of_create(reader, state)
    of_library(reader, state)
    of_audio(reader, heard)
    of_account(reader, heard)
    of_window(reader, state, heard)
    heard["left open"] = left
    return heard


State = Callable[..., None]


def of_library(reader: Reader, state: State) -> None:
    press(reader, "Library", "radio button")
    reader.find("Search library")
    reader.first(is_item("dawn", "picture", "pollen"), "a picture of the grid")
    reader.focus(reader.find("Gallery", "list"))
    keys("End", "4")
    reader.first(is_item(PROMPT, "4 stars"), "a rating by its key")
    reader.focus(reader.find("Search library", "text"))
    write("rating:>3 dusk")
    until(lambda: sum(is_item("pollen")(item) for item in reader.tree()) == 1)
    keys("ctrl+a", "BackSpace")
    reader.first(is_item("dawn", "picture", "pollen"), "all pictures again")
    reader.focus(reader.find("Gallery", "list"))
    keys("Home", "Return")
    state("viewer", "Close the viewer")
    keys("Home", "shift+Right")
    state("selection", "Rating of all chosen", escape=False)
    keys("c")
    state("compare", "Pictures to compare")
    keys("ctrl+e")
    state("export", "Put a sidecar file beside each")


def of_create(reader: Reader, state: State) -> None:
    press(reader, "Create", "radio button")
    reader.write(reader.find("Prompt", "text"), "a lighthouse at {dawn|noon}")
    keys("ctrl+shift+g")
    state("grid sheet", "Earlier grids", escape=False)
    reader.press(reader.first(lambda item: item.name.startswith("Make ") and item.role == "push button"
                              and item.name[5:].isdigit(), "make"))  # fmt: skip
    state("grid table", "Change the grid")
    keys("ctrl+j")
    state("job tray", "Clear finished")


def of_audio(reader: Reader, heard: dict[str, Any]) -> None:
    press(reader, "Audio", "radio button")
    for page, landmark in (("Music", "Music prompt"), ("Transcribe", "Record")):
        press(reader, page, "radio button")
        reader.find(landmark)
        heard[page] = everything(reader)
    press(reader, "Speech", "radio button")


def of_account(reader: Reader, heard: dict[str, Any]) -> None:
    press(reader, "Account", "radio button")
    for page, landmark in (
        ("Requests", "Search requests"),
        ("Keys", "New key"),
        ("Uploads", "Sent from here"),
    ):
        press(reader, page, "radio button")
        reader.find(landmark)
        heard[page] = everything(reader)


def of_window(reader: Reader, state: State, heard: dict[str, Any]) -> None:
    keys("ctrl+comma")
    reader.find("Text size")
    # Whatever pages there are: a new one is walked without being named here.
    pages = [
        item.name
        for item in reader.tree()
        if item.role == "radio button" and any("'Preferences'" in part for part in item.within)
        and "panel" not in item.within[-1]
    ]  # fmt: skip
    heard["preference pages"] = pages
    for page in pages:
        # A pane beneath may have the same name.
        reader.press(
            reader.find(
                page, "radio button", match=lambda item: any("'Preferences'" in at for at in item.within)
            )
        )
        heard[f"preferences {page}"] = everything(reader)
    keys("Escape")
    gone(reader, "Close")
    palette(reader, "Show past notices", heard)
    state("notices", "Past notices")
    keys("ctrl+slash")
    state("shortcuts", "Shortcuts")
    palette(reader, "Show the welcome page", heard)
    state("welcome", "Open the sandbox", escape=False)


def sign_in(reader: Reader, key: str) -> dict[str, Any]:
    """From the welcome page of a new profile, by keys alone."""
    heard: dict[str, Any] = {}
    paste = reader.find("Paste a key", "push button")
    heard["first start"] = everything(reader)
    front()
    reader.focus(paste)
    keys("space")
    reader.find("Key")
    heard["key sheet"] = everything(reader)
    write(key)
    keys("Return")
    reader.find("Use this key", "push button")
    heard["whose key"] = everything(reader)
    keys("Return")
    # The tests have no keyring.
    memory = reader.find("Keep in memory", "push button")
    heard["no keyring"] = everything(reader)
    reader.press(memory)
    return heard


def go_round(reader: Reader, key: str) -> dict[str, Any]:
    heard = sign_in(reader, key)
    skip = reader.find("Skip", "push button")
    heard["tour"] = everything(reader)
    reader.press(skip)
    # The keyboard is where the next thing is to be written.
    reader.find("Prompt", "text", match=lambda item: item.has(FOCUSED))
    write(PROMPT)
    generate = reader.find(
        "Generate", "push button", match=lambda item: speaks_of("pollen")(item) and item.has(SENSITIVE)
    )
    heard["price"] = generate.description
    keys("ctrl+Return")
    heard["job"] = told(reader.first(speaks_of(PROMPT, "FLUX.1 Schnell"), "the job's card"))
    reader.press(reader.find("Jobs", "push button", match=speaks_of("1")))
    heard["tray"] = told(reader.first(lambda item: item.name.startswith(f"{PROMPT}. "), "a job"))
    heard["jobs open"] = everything(reader)
    reader.press(reader.find("Jobs", "push button"))
    heard["picture"] = told(reader.first(is_item(PROMPT, "picture", "pollen"), "a picture"))
    for pane, landmark in LANDMARKS.items():
        reader.press(reader.find(pane, "radio button"))
        reader.find(landmark)
        heard[pane] = everything(reader)
    reader.press(reader.find("Chat", "radio button"))
    reader.write(reader.find("Message", "text"), QUESTION)
    reader.press(reader.find("Send", "push button", match=speaks_of("≈")))
    # The words of an answer, then its tokens and what it cost.
    heard["answer"] = told(reader.first(is_item("tokens", "pollen"), "an answer"))
    heard["in the chat"] = everything(reader)
    heard["announced"] = reader.told("Announcement")
    reader.press(reader.find("Branch into new chat", "push button"))
    reader.first(lambda item: is_item(QUESTION)(item) and "pollen" not in item.name, "second chat")
    reader.press(reader.find("Preferences", "push button"))
    reader.find("Text size")
    heard["preferences"] = everything(reader)
    keys("Escape")
    gone(reader, "Text size")
    return heard


def main(profile: str) -> None:
    with sandbox() as service:
        service.faults(SLOW)
        program = subprocess.Popen(
            [sys.executable, "-m", "studio", "--profile", profile], cwd=ROOT,
            env=os.environ | service.addresses | {
                "QT_QPA_PLATFORM": "xcb",
                "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
            },
        )  # fmt: skip
        reader = Reader()
        try:
            reader.listen()
            heard = go_round(reader, service.said["key"])
            print(json.dumps(heard | look_around(reader)))
        finally:
            reader.close()
            program.terminate()
            program.wait(30)


if __name__ == "__main__":
    main(sys.argv[1])
