"""Every single preference by name, with words that lead to it: for the search and for the palette.

A list of its own, because the palette must not build the pages to know what is on them.
"""

from __future__ import annotations

from typing import NamedTuple

from studio.core.i18n import tr


class Entry(NamedTuple):
    """A row of a page: the section it is in, what it is called there, other words for it."""

    section: str
    title: str
    words: str = ""


def entries() -> tuple[Entry, ...]:
    """All rows of the pages, in the order of the pages."""
    return (
        Entry("look", tr("Theme"), tr("dark light night mode colours")),
        Entry("look", tr("Text size"), tr("font scale zoom larger smaller")),
        Entry("look", tr("Language"), tr("german english translation")),
        Entry("look", tr("Density"), tr("compact comfortable spacing tight rows")),
        Entry("look", tr("Notifications"), tr("desktop tell when ready")),
        Entry("look", tr("Less motion"), tr("animation reduce")),
        Entry("look", tr("Pictures in the gallery"), tr("thumbnails size")),
        Entry("files", tr("Library folder"), tr("place move disk drive directory")),
        Entry("files", tr("Wildcard files"), tr("folder words")),
        Entry("files", tr("File names"), tr("template pattern rename date seed")),
        Entry("files", tr("Write the parameters into pictures"), tr("metadata embed exif")),
        Entry("money", tr("Ask before a batch above"), tr("confirm price cost pollen")),
        Entry("money", tr("Most for one batch"), tr("budget limit price cost pollen")),
        Entry("money", tr("Most for one day"), tr("budget limit price cost pollen")),
        Entry("money", tr("Spent today"), tr("usage chart cost account")),
        Entry("defaults", tr("New chats"), tr("model default preset")),
        Entry("defaults", tr("Preset of new chats"), tr("system prompt parameters default")),
        Entry("defaults", tr("Create, by model"), tr("defaults forget values")),
        Entry("chat", tr("Send with"), tr("enter key return")),
        Entry("chat", tr("Pictures from chat"), tr("tool image allow")),
        Entry("sound", tr("Loudspeaker"), tr("output headphones device")),
        Entry("sound", tr("Volume"), tr("loud")),
        Entry("sound", tr("Mute"), tr("silent")),
        Entry("sound", tr("Microphone"), tr("input record device")),
        Entry("connection", tr("Service"), tr("online state")),
        Entry("connection", tr("Use another one"), tr("sandbox offline cloud switch")),
        Entry("connection", tr("Account"), tr("sign in out key")),
        Entry("connection", tr("Jobs at the same time"), tr("parallel queue")),
        Entry("network", tr("Proxy"), tr("socks http https server firewall")),
        Entry("network", tr("Proxy address"), tr("socks http https port host")),
        Entry("network", tr("Proxy login"), tr("user password")),
        Entry("network", tr("Time to connect"), tr("timeout time-out seconds slow")),
        Entry("network", tr("Time to answer"), tr("timeout time-out seconds slow")),
        Entry("network", tr("Certificates"), tr("tls ssl authority pem trust encryption")),
        Entry("network", tr("Address of the service"), tr("base url gen server host endpoint")),
        Entry("network", tr("Address of the account"), tr("base url enter server host")),
        Entry("network", tr("Address of the file storage"), tr("base url media upload server host")),
        Entry("network", tr("Test the connection"), tr("ping check reach")),
        Entry("shortcuts", tr("Keys of the commands"), tr("shortcuts keyboard hotkeys bindings")),
        Entry("legacy", tr("Use the legacy service"), tr("old retired")),
        Entry("legacy", tr("Address"), tr("url legacy")),
        Entry("legacy", tr("Token"), tr("key legacy")),
        Entry("legacy", tr("Does it answer?"), tr("test legacy")),
    )


def keywords(section: str, title: str) -> str:
    """Other words for a row; "" where there are none."""
    return next((entry.words for entry in entries() if entry[:2] == (section, title)), "")
