"""Links of answers and pages: the whole address is shown, and asked about where the host is not known."""

from __future__ import annotations

import asyncio
import logging
import webbrowser
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from studio.core.i18n import tr
from studio.services.context import Services
from studio.services.notices import Severity
from studio.ui import dialogs

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

log = logging.getLogger(__name__)
SCHEMES: Final = ("https", "http", "mailto")
LONGEST: Final = 2000


def host_of(address: str) -> str:
    """The host a link leads to, in ASCII, so that look-alike letters show; "" when it is no link to open."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return ""
    if parts.scheme.lower() not in SCHEMES or len(address) > LONGEST or not address.isprintable():
        return ""
    if parts.scheme.lower() == "mailto":
        return "mailto"
    try:
        return host.encode("idna").decode("ascii") if host else ""
    except UnicodeError:
        return ""


class LinkOpener:
    """Opens links in the user's browser. A host that was agreed to is not asked about again while it runs."""

    def __init__(self, services: Services, window: QWidget) -> None:
        self._services = services
        self._window = window
        self._known: set[str] = set()

    async def open(self, address: str) -> None:
        """Open the page, after asking; addresses that are no web pages are refused with a sentence."""
        host = host_of(address)
        if not host:
            log.warning("a link was not opened: %r", address[:200])
            self._services.notices.tell(
                tr("This link was not opened."), tr("It does not lead to a web page."),
                severity=Severity.WARNING, topic="open-page",
            )  # fmt: skip
            return
        if host not in self._known and not self._services.session.is_own_page(address):
            where = (
                tr("Write to this address?")
                if host == "mailto"
                else tr("Open this page on {host}?", host=host)
            )
            if not await dialogs.confirm(self._window, where, address, action=tr("Open in the browser")):
                return
            if host != "mailto":
                self._known.add(host)
        await asyncio.to_thread(webbrowser.open, address)
