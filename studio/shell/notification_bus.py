"""Notifications of a Linux desktop over D-Bus (org.freedesktop.Notifications).

Qt shows them through an icon in the tray, which GNOME does not have. A thread speaks with the bus for as
long as a notification can be pressed, and ends then.
"""

from __future__ import annotations

import html
import logging
import os
import queue
import sys
import threading
import time
from typing import Any, Final

from PySide6.QtCore import QObject, Signal

log = logging.getLogger(__name__)
NAME: Final = "org.freedesktop.Notifications"
PATH: Final = "/org/freedesktop/Notifications"
SHOWN_MS: Final = 10_000
LISTEN_SECONDS: Final = 120.0
"""Desktops keep them in a list, where they may be pressed later."""
REPLY_SECONDS: Final = 2.0
LOOK_SECONDS: Final = 0.2
Told = tuple[str, str, bool]


def has_bus() -> bool:
    """Whether this is a desktop with a session bus."""
    return sys.platform.startswith("linux") and bool(os.environ.get("DBUS_SESSION_BUS_ADDRESS"))


class NotificationBus(QObject):
    """Shows notifications; `pressed` tells that one was, `refused` that one could not be shown."""

    pressed = Signal(str)
    """With the desktop's leave to come to the front, which may be empty."""
    refused = Signal(object)
    """(title, words, failed)"""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._wanted: queue.Queue[Told] = queue.Queue()
        self._end = threading.Event()
        self._thread: threading.Thread | None = None

    def notify(self, title: str, words: str, *, failed: bool) -> None:
        """Show one; returns at once."""
        self._wanted.put((title, words, failed))
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._work, name="notifications", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Listen no more."""
        self._end.set()
        if self._thread is not None:
            self._thread.join(REPLY_SECONDS + LOOK_SECONDS)

    # ------------------------------------------------------------------ in the thread

    def _work(self) -> None:
        try:
            from jeepney.io.blocking import open_dbus_connection

            with open_dbus_connection("SESSION") as bus:
                self._serve(bus)
        except Exception as error:  # noqa: BLE001 - a strange bus must not cost more than its notifications
            log.info("no notifications over the bus: %s", error)
        self._give_back()

    def _give_back(self) -> None:
        while not self._wanted.empty() and not self._end.is_set():
            self.refused.emit(self._wanted.get())

    def _serve(self, bus: Any) -> None:
        from jeepney import DBusErrorResponse, MatchRule, MessageType, message_bus

        rule = MatchRule(type="signal", interface=NAME, path=PATH)
        bus.send_and_get_reply(message_bus.AddMatch(rule), timeout=REPLY_SECONDS)
        shown: set[int] = set()
        token, until = "", time.monotonic() + LISTEN_SECONDS
        while not self._end.is_set() and time.monotonic() < until:
            while not self._wanted.empty():
                told = self._wanted.get()
                try:
                    shown.add(_show(bus, told))
                except (DBusErrorResponse, TimeoutError, OSError) as error:
                    log.info("a notification was not shown: %s", error)
                    self.refused.emit(told)
                until = time.monotonic() + LISTEN_SECONDS
            if not shown:
                return
            try:
                message = bus.receive(timeout=LOOK_SECONDS)
            except TimeoutError:
                continue
            if message.header.message_type is not MessageType.signal or not message.body:
                continue
            event = message.header.fields.get(3)  # the signal's name
            if message.body[0] not in shown:
                continue
            if event == "ActivationToken":
                token = str(message.body[1])
            elif event == "ActionInvoked":
                self.pressed.emit(token)
            elif event == "NotificationClosed":
                shown.discard(message.body[0])


def _show(bus: Any, told: Told) -> int:
    """Ask the desktop to show it; its number there."""
    from jeepney import DBusAddress, new_method_call
    from jeepney.wrappers import unwrap_msg

    title, words, _failed = told
    hints = {"desktop-entry": ("s", "nectary"), "urgency": ("y", 1)}
    # Desktops read markup in the words.
    body = ("Nectary", 0, "nectary", title, html.escape(words, quote=False), ["default", ""], hints, SHOWN_MS)
    address = DBusAddress(PATH, bus_name=NAME, interface=NAME)
    call = new_method_call(address, "Notify", "susssasa{sv}i", body)
    (number,) = unwrap_msg(bus.send_and_get_reply(call, timeout=REPLY_SECONDS))
    return int(number)
