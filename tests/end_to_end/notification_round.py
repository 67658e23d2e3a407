"""What a test does inside a session bus of its own: a small notification service, and the program's part.

Prints one JSON line. `python notification_round.py here|nobody`
"""

from __future__ import annotations

import json
import sys
import threading
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from jeepney import (
    DBusAddress,
    HeaderFields,
    MessageType,
    message_bus,
    new_method_return,
    new_signal,
)
from jeepney.io.blocking import DBusConnection, open_dbus_connection
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget

from studio.domain.job import Job, JobState
from studio.shell.notification_bus import NAME, PATH
from studio.shell.notifier import Notifier

NUMBER = 7


def serve(bus: DBusConnection, heard: list[Any]) -> None:
    """Take one notification, and press it."""
    while True:
        message = bus.receive()
        fields = message.header.fields
        if (
            message.header.message_type is MessageType.method_call
            and fields.get(HeaderFields.member) == "Notify"
        ):
            heard.append(message.body)
            bus.send(new_method_return(message, "u", (NUMBER,)))
            emitter = DBusAddress(PATH, interface=NAME)
            for name, signature, body in (
                ("ActionInvoked", "us", (NUMBER + 1, "default")),  # somebody else's
                ("ActivationToken", "us", (NUMBER, "leave")),
                ("ActionInvoked", "us", (NUMBER, "default")),
                ("NotificationClosed", "uu", (NUMBER, 2)),
            ):
                bus.send(new_signal(emitter, name, signature, body))
            return


def main(mode: str) -> None:
    heard: list[Any] = []
    if mode == "here":
        bus = open_dbus_connection("SESSION")
        bus.send_and_get_reply(message_bus.RequestName(NAME))
        threading.Thread(target=serve, args=(bus, heard), daemon=True).start()
    application = QApplication([])
    window, elsewhere = QWidget(), QWidget()
    for one in (window, elsewhere):
        one.show()
    elsewhere.activateWindow()
    opened: list[str] = []
    notifier = Notifier(window, lambda: (opened.append("jobs"), application.quit()))
    job = Job(
        id="j", kind="image", request={}, created_at=datetime.now(UTC), state=JobState.DONE,
        title="a <heron> & reeds", cost=Decimal("0.002"),
    )  # fmt: skip
    notifier.tell([job])
    # Where nobody answers, the icon in the tray is tried, and this machine of tests has none.
    QTimer.singleShot(30_000 if mode == "here" else 1_500, application.quit)
    application.exec()
    notifier.close()
    names = [thread.name for thread in threading.enumerate() if thread.name == "notifications"]
    print(json.dumps({"heard": heard, "opened": opened, "threads": names}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
