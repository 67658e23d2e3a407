"""What a screen reader sees of the running program: AT-SPI over D-Bus, as Orca asks for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from jeepney import DBusAddress, MessageType, Properties, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection

ATSPI = "org.a11y.atspi"
REGISTRY = (f"{ATSPI}.Registry", "/org/a11y/atspi/accessible/root")
PATIENCE = 40.0
SHOWING, FOCUSABLE, SENSITIVE = 25, 11, 24
"""Bits of AT-SPI's state set."""


@dataclass(frozen=True, slots=True)
class Item:
    """One object of the tree as it was when it was read."""

    bus: str
    path: str
    role: str
    name: str
    description: str
    states: int = 0
    within: tuple[str, ...] = field(default=(), compare=False)
    """Roles and names from the window down to it, for messages of tests."""

    def has(self, state: int) -> bool:
        return bool(self.states >> state & 1)


class Reader:
    """Reads and works the program as assistive technology does."""

    def __init__(self) -> None:
        with open_dbus_connection("SESSION") as session:
            address = DBusAddress("/org/a11y/bus", bus_name="org.a11y.Bus", interface="org.a11y.Bus")
            (where,) = self._call(session, address, "GetAddress")
        self._bus: DBusConnection = open_dbus_connection(where)

    def close(self) -> None:
        self._bus.close()

    def _call(
        self, bus: DBusConnection, address: DBusAddress, method: str, signature: str = "", body: Any = ()
    ) -> Any:
        answer = bus.send_and_get_reply(new_method_call(address, method, signature, body), timeout=PATIENCE)
        if answer.header.message_type is MessageType.error:
            raise LookupError(f"{method} of {address.object_path}: {answer.body}")
        return answer.body

    def _ask(
        self, at: tuple[str, str], interface: str, method: str, signature: str = "", body: Any = ()
    ) -> Any:
        address = DBusAddress(at[1], bus_name=at[0], interface=f"{ATSPI}.{interface}")
        return self._call(self._bus, address, method, signature, body)

    def _text(self, at: tuple[str, str], name: str) -> str:
        address = DBusAddress(at[1], bus_name=at[0], interface=f"{ATSPI}.Accessible")
        answer = self._bus.send_and_get_reply(Properties(address).get(name), timeout=PATIENCE)
        return str(answer.body[0][1]) if answer.header.message_type is MessageType.method_return else ""

    def children(self, at: tuple[str, str]) -> list[tuple[str, str]]:
        (found,) = self._ask(at, "Accessible", "GetChildren")
        return [(bus, path) for bus, path in found if not path.endswith("/null")]

    def read(self, at: tuple[str, str], within: tuple[str, ...] = ()) -> Item:
        (role,) = self._ask(at, "Accessible", "GetRoleName")
        ((low, high),) = self._ask(at, "Accessible", "GetState")
        name, about = self._text(at, "Name"), self._text(at, "Description")
        return Item(at[0], at[1], role, name, about, low | high << 32, within)

    def tree(self, showing: bool = True) -> Iterator[Item]:
        """Every object of every program, parents before their children; only what shows, unless asked."""
        try:
            windows = [window for program in self.children(REGISTRY) for window in self.children(program)]
        except LookupError:
            return  # the registry, or a program, is only just starting
        for window in windows:
            yield from self._below(window, (), showing)

    def _below(self, at: tuple[str, str], within: tuple[str, ...], showing: bool) -> Iterator[Item]:
        try:
            item = self.read(at, within)
            if showing and not item.has(SHOWING):
                return
            yield item
            below = self.children(at)
        except LookupError:
            # It went while the tree was read.
            return
        for child in below:
            yield from self._below(child, (*within, f"{item.role} {item.name!r}"), showing)

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
