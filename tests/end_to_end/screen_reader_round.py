"""Works the program as a blind user does: without a mouse, without looking, through AT-SPI alone.

Runs within a session bus and a virtual screen of its own (`test_screen_reader.py`), makes a picture, asks a
question, goes through the panes, and prints what it heard as JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

from tests.end_to_end.programs import sandbox  # noqa: E402 - the folder of the tests first
from tests.end_to_end.screen_reader import FOCUSABLE, Item, Reader  # noqa: E402 - as above

LANDMARKS = {
    "Create": "Generate",
    "Library": "Search library",
    "Chat": "Message",
    "Audio": "Script",
    "Account": "Balance",
}
PROMPT = "a lighthouse at dusk"
QUESTION = "What is a lighthouse for?"
SLOW = [{"model": "flux", "latency": 8.0}]
"""Long enough to hear of the job while it runs, on a busy machine too."""


def told(item: Item) -> dict[str, Any]:
    return {
        "role": item.role, "name": item.name, "description": item.description,
        "focusable": item.has(FOCUSABLE), "within": item.within[-3:],
    }  # fmt: skip


def everything(reader: Reader) -> list[dict[str, Any]]:
    return [told(item) for item in reader.tree()]


def speaks_of(*words: str) -> Callable[[Item], bool]:
    """Items whose name or description holds all these words."""
    return lambda item: all(word in f"{item.name} {item.description}" for word in words)


def is_item(*words: str) -> Callable[[Item], bool]:
    """Items of a list that speak of all these words."""
    return lambda item: item.role == "list item" and speaks_of(*words)(item)


def go_round(reader: Reader) -> dict[str, Any]:
    heard: dict[str, Any] = {}
    reader.write(reader.find("Prompt", "text"), PROMPT)
    generate = reader.find("Generate", "push button", match=speaks_of("pollen"))
    heard["price"] = generate.description
    reader.press(generate)
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
    reader.press(reader.find("Branch into new chat", "push button"))
    reader.first(lambda item: is_item(QUESTION)(item) and "pollen" not in item.name, "second chat")
    reader.press(reader.find("Preferences", "push button"))
    reader.find("Text size")
    heard["preferences"] = everything(reader)
    return heard


def main(profile: str) -> None:
    with sandbox() as service:
        service.faults(SLOW)
        program = subprocess.Popen(
            [sys.executable, "-m", "studio", "--profile", profile], cwd=ROOT,
            env=os.environ | service.addresses | {
                "POLLINATIONS_API_KEY": service.said["key"],
                "QT_QPA_PLATFORM": "xcb",
                "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
            },
        )  # fmt: skip
        reader = Reader()
        try:
            print(json.dumps(go_round(reader)))
        finally:
            reader.close()
            program.terminate()
            program.wait(30)


if __name__ == "__main__":
    main(sys.argv[1])
