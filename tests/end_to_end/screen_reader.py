"""What a screen reader sees of the running program: AT-SPI over D-Bus, as Orca asks for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from jeepney import (
    DBusAddress,
    HeaderFields,
    MatchRule,
    Message,
    MessageType,
    Properties,
    message_bus,
    new_method_call,
)
from jeepney.io.blocking import DBusConnection, open_dbus_connection

ATSPI = "org.a11y.atspi"
REGISTRY = (f"{ATSPI}.Registry", "/org/a11y/atspi/accessible/root")
PATIENCE = 40.0
SHOWING, FOCUSABLE, FOCUSED, SENSITIVE, VISIBLE = 25, 11, 12, 24, 30
CHECKED, CHECKABLE, EXPANDED, EXPANDABLE, SELECTED, SELECTABLE = 4, 41, 10, 9, 23, 22
"""Bits of AT-SPI's state set."""
ROOM = 200
"""So many objects are asked about at once: more would fill the pipe of the bus."""


@dataclass(frozen=True, slots=True)
class Item:
    """One object of the tree as it was when it was read."""

    bus: str
    path: str
    role: str
    name: str
    description: str
    states: int = 0
    box: tuple[int, int, int, int] = (0, 0, 0, 0)
    """Left, top, width and height on the screen in pixels."""
    value: float | None = None
    """What a slider or a progress bar stands at."""
    within: tuple[str, ...] = field(default=(), compare=False)
    """Roles and names from the window down to it, for messages of tests."""

    def has(self, state: int) -> bool:
        return bool(self.states >> state & 1)


class Reader:
    """Reads and works the program as assistive technology does."""

    def __init__(self) -> None:
        with open_dbus_connection("SESSION") as session:
            address = DBusAddress("/org/a11y/bus", bus_name="org.a11y.Bus", interface="org.a11y.Bus")
            (where,) = session.send_and_get_reply(new_method_call(address, "GetAddress")).body
        self._bus: DBusConnection = open_dbus_connection(where)
        self._told: list[tuple[str, Any]] = []

    def close(self) -> None:
        self._bus.close()

    def _ask(
        self, at: tuple[str, str], interface: str, method: str, signature: str = "", body: Any = ()
    ) -> Any:
        address = DBusAddress(at[1], bus_name=at[0], interface=f"{ATSPI}.{interface}")
        (answer,) = self._answers([new_method_call(address, method, signature, body)])
        if answer is None:
            raise LookupError(f"{method} of {address.object_path} was refused")
        return answer

    def _answers(self, questions: list[Message]) -> list[Any]:
        """The bodies of the answers to questions that are sent at once; None for each that was refused."""
        waiting: dict[int, int] = {}
        for at, question in enumerate(questions):
            serial = next(self._bus.outgoing_serial)
            waiting[serial] = at
            self._bus.send(question, serial=serial)
        answers: list[Any] = [None] * len(questions)
        until = time.monotonic() + PATIENCE
        while waiting:
            message = self._bus.receive(timeout=max(until - time.monotonic(), 0.0))
            at = waiting.pop(message.header.fields.get(HeaderFields.reply_serial, -1), None)
            if at is None:
                self._hear(message)
            elif message.header.message_type is MessageType.method_return:
                answers[at] = message.body
        return answers

    def _hear(self, message: Message) -> None:
        """Keep what is told without being asked."""
        fields = message.header.fields
        if message.header.message_type is MessageType.signal:
            self._told.append((str(fields.get(HeaderFields.member, "")), message.body))

    def listen(self) -> None:
        """Be told of events from now on (`told`)."""
        for kind in ("object:", "focus:", "window:"):
            self._ask(
                (f"{ATSPI}.Registry", "/org/a11y/atspi/registry"), "Registry", "RegisterEvent", "s", (kind,)
            )
        rule = MatchRule(type="signal", interface=f"{ATSPI}.Event.Object")
        self._bus.send_and_get_reply(message_bus.AddMatch(rule), timeout=PATIENCE)

    def told(self, member: str) -> list[str]:
        """The texts of the events of this kind that came so far, such as "Announcement"."""
        try:
            while True:
                self._hear(self._bus.receive(timeout=0.05))
        except TimeoutError:
            pass
        return [str(body[3][1]) for name, body in self._told if name == member and len(body) > 3]

    def children(self, at: tuple[str, str]) -> list[tuple[str, str]]:
        (found,) = self._ask(at, "Accessible", "GetChildren")
        return [(bus, path) for bus, path in found if not path.endswith("/null")]

    def read(self, places: list[tuple[str, str]]) -> list[tuple[Item, list[tuple[str, str]]] | None]:
        """Each of these objects with the places of its children; None for what went meanwhile."""
        questions: list[Message] = []
        for bus, path in places:
            about = DBusAddress(path, bus_name=bus, interface=f"{ATSPI}.Accessible")
            extent = DBusAddress(path, bus_name=bus, interface=f"{ATSPI}.Component")
            questions += [
                new_method_call(about, "GetRoleName"),
                new_method_call(about, "GetState"),
                Properties(about).get("Name"),
                Properties(about).get("Description"),
                new_method_call(about, "GetChildren"),
                new_method_call(extent, "GetExtents", "u", (0,)),
                Properties(DBusAddress(path, bus_name=bus, interface=f"{ATSPI}.Value")).get("CurrentValue"),
            ]
        answers = self._answers(questions)
        found: list[tuple[Item, list[tuple[str, str]]] | None] = []
        for at, (bus, path) in enumerate(places):
            role, state, name, about, below, box, value = answers[at * 7 : at * 7 + 7]
            if role is None or state is None or below is None:
                found.append(None)
                continue
            low, high = state[0]
            item = Item(
                bus, path, role[0], str(name[0][1]) if name else "", str(about[0][1]) if about else "",
                low | high << 32, tuple(box[0]) if box else (0, 0, 0, 0),
                float(value[0][1]) if value else None,
            )  # fmt: skip
            found.append((item, [(b, p) for b, p in below[0] if not p.endswith("/null")]))
        return found

    def tree(self, showing: bool = True) -> list[Item]:
        """Every object of every program, parents before their children; only what shows, unless asked."""
        try:
            windows = [window for program in self.children(REGISTRY) for window in self.children(program)]
        except LookupError:
            return []  # the registry, or a program, is only just starting
        read: dict[tuple[str, str], tuple[Item, list[tuple[str, str]]]] = {}
        level = windows
        while level:
            below: list[tuple[str, str]] = []
            for start in range(0, len(level), ROOM):
                some = level[start : start + ROOM]
                for place, answer in zip(some, self.read(some), strict=True):
                    if answer is not None and (not showing or answer[0].has(SHOWING)):
                        read[place] = answer
                        below += [at for at in answer[1] if at not in read]
            level = below
        ordered: list[Item] = []
        stack = [(window, ()) for window in reversed(windows)]
        seen: set[tuple[str, str]] = set()
        while stack:
            place, within = stack.pop()
            if place not in read or place in seen:
                continue
            seen.add(place)
            item, children = read[place]
            ordered.append(replace(item, within=within))
            inner = (*within, f"{item.role} {item.name!r}")
            stack += [(child, inner) for child in reversed(children)]
        return ordered

    def find(self, name: str, role: str = "", *, match: Callable[[Item], bool] | None = None) -> Item:
        """The first object that shows with this name, waited for.

        Raises:
            LookupError: it did not come.
        """
        return self.first(
            lambda item: item.name == name and role in ("", item.role) and (match is None or match(item)),
            name,
        )

    def first(self, match: Callable[[Item], bool], what: str) -> Item:
        """The first object that shows and matches, waited for.

        Raises:
            LookupError: it did not come.
        """
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            for item in self.tree():
                if match(item):
                    return item
            time.sleep(0.1)
        heard = [(item.role, item.name, item.description) for item in self.tree() if item.name]
        raise LookupError(f"there is no {what}: {heard}")

    def press(self, item: Item) -> None:
        """Press or toggle it; other actions, such as taking the focus, change nothing."""
        at = (item.bus, item.path)
        (actions,) = self._ask(at, "Action", "GetActions")
        names = [str(action[0]) for action in actions]
        which = next((names.index(name) for name in ("Press", "Toggle", "Check") if name in names), None)
        if which is None or not self._ask(at, "Action", "DoAction", "i", (which,))[0]:
            raise LookupError(f"{item.name!r} cannot be pressed")

    def focus(self, item: Item) -> None:
        """Give it the keyboard."""
        (done,) = self._ask((item.bus, item.path), "Component", "GrabFocus")
        if not done:
            raise LookupError(f"{item.name!r} takes no focus")

    def write(self, item: Item, text: str) -> None:
        """Put a text into a field."""
        (done,) = self._ask((item.bus, item.path), "EditableText", "SetTextContents", "s", (text,))
        if not done:
            raise LookupError(f"{item.name!r} takes no text")

    def text(self, item: Item) -> str:
        (found,) = self._ask((item.bus, item.path), "Text", "GetText", "ii", (0, -1))
        return str(found)
