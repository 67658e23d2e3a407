"""Whose key it is and what it may do, shown before it is stored: picture, name, permissions, limits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize
from PySide6.QtGui import QImage, QImageReader
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.i18n import tr
from studio.core.secrets import Secret
from studio.domain.account import KeyInfo, Profile
from studio.domain.money import pollen
from studio.panes.account.presenter import key_facts
from studio.ui.dialogs import Sheet
from studio.ui.theme import Size, Space, Theme
from studio.ui.widgets.surfaces import Avatar, Banner
from studio.ui.widgets.text import KeyValueGrid, Label

if TYPE_CHECKING:
    from collections.abc import Sequence

PICTURE_PIXELS = 2048
"""A picture with longer sides is not decoded: a small file can hold a picture that fills the memory."""


@dataclass(frozen=True, slots=True)
class CheckedKey:
    """A key with what the service says about it. `picture` is of the profile, as it came; b"" for none."""

    key: Secret
    info: KeyInfo
    profile: Profile | None
    picture: bytes = b""


async def confirm_identity(
    window: QWidget, checked: CheckedKey, *, before: str = "", wished: Sequence[str] = ()
) -> bool:
    """Show whose key it is, what it may do and spend, and ask whether to use it.

    Args:
        before: whose account was in use until now, when it is another one.
        wished: permissions that were asked for; said when the user left one out on the page.
    """
    profile = checked.profile
    who = (profile.name or profile.github_username) if profile else ""
    text = tr("This is the key of {who}.", who=who) if who else tr("The key does not say whose it is.")
    sheet = Sheet(window, tr("Use this key?"), text)
    if profile is not None:
        sheet.add_content(_Person(profile, checked.picture))
    if before:
        sheet.add_content(
            Banner(tr("Until now Nectary used the account of {before}.", before=before), "users", "warn")
        )
    now = datetime.now(UTC)
    budget = checked.info.pollen_budget
    facts = key_facts(checked.info, now, now)
    facts.insert(
        3, (tr("Can spend"), tr("{amount} pollen", amount=pollen(budget)) if budget is not None
            else tr("all that is in the wallet"))
    )  # fmt: skip
    sheet.add_content(KeyValueGrid(facts))
    if "keys" in wished and "keys" not in checked.info.permissions:
        sheet.add_content(Banner(tr("This key may not manage keys: that was not agreed to."), "lock", "info"))
    if checked.info.type == "publishable" or checked.key.reveal().startswith("pk_"):
        sheet.add_content(
            Banner(tr("A pk_ key is meant for web pages: it is slowed down, and some things refuse it."),
                   "warning", "warn")
        )  # fmt: skip
    sheet.add_button(tr("Cancel"), None)
    use = sheet.add_button(tr("Use this key"), True, "primary", default=True)
    return await sheet.result(use) is True


class _Person(QWidget):
    """Picture, name and account."""

    def __init__(self, profile: Profile, picture: bytes) -> None:
        super().__init__()
        name = profile.name or profile.github_username or tr("Without a name")
        avatar = Avatar(name, large=True, name=tr("Picture of {who}", who=name))
        avatar.set_static()
        avatar.set_picture(read_picture(picture, Theme.current().px(Size.AVATAR_LARGE) * 2))
        words = QVBoxLayout()
        words.setSpacing(Space.HAIR)
        words.addWidget(Label(name, "title", wrap=True))
        about = " · ".join(part for part in (profile.github_username, profile.email) if part and part != name)
        if about:
            words.addWidget(Label(about, "caption", "text2", wrap=True))
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.XS)
        row.setSpacing(Space.MD)
        row.addWidget(avatar)
        row.addLayout(words, 1)


def read_picture(data: bytes, side: int) -> QImage | None:
    """The picture at `side` pixels; None when it is none, or larger than anybody's portrait."""
    if not data:
        return None
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    size = reader.size()
    if not size.isValid() or max(size.width(), size.height()) > PICTURE_PIXELS:
        return None
    reader.setScaledSize(QSize(side, side))
    image = reader.read()
    return None if image.isNull() else image
