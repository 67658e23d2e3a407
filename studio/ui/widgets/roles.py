"""What painted widgets are for a screen reader: Qt takes a plain QWidget for a filler, whatever it shows.

What only holds others and has a name is a group of that name; everything else says it with `set_role`.
"""

from __future__ import annotations

import weakref

from PySide6.QtCore import QObject
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QAccessibleWidget, QWidget

Role = QAccessible.Role
_roles: weakref.WeakKeyDictionary[QObject, QAccessible.Role] = weakref.WeakKeyDictionary()
# Qt owns the interfaces, but Python must not let go of them before.
_made: weakref.WeakKeyDictionary[QObject, QAccessibleInterface] = weakref.WeakKeyDictionary()
_installed: list[bool] = []
_PLAIN = ("QWidget", "QScrollArea")
"""Classes that Qt knows nothing of."""


def set_role(widget: QWidget, role: QAccessible.Role) -> None:
    """Say what the widget is. Its name stays its accessible name. Call it once, in the constructor."""
    if not _installed:
        QAccessible.installFactory(_factory)
        _installed.append(True)
    _roles[widget] = role
    if QAccessible.isActive():
        # A screen reader that runs already has made Qt keep a plain interface.
        plain = QAccessible.queryAccessibleInterface(widget)
        if plain is not None and plain.role() != role:
            QAccessible.deleteAccessibleInterface(QAccessible.uniqueId(plain))


def _factory(class_name: str, thing: QObject) -> QAccessibleInterface | None:
    """Qt's question for the interface of an object."""
    if not isinstance(thing, QWidget):
        return None
    role = _roles.get(thing)
    if role is None and class_name in _PLAIN and thing.accessibleName():
        role = Role.Grouping
    if role is None:
        return None
    made = _made[thing] = QAccessibleWidget(thing, role)
    return made
