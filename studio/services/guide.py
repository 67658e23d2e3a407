"""The documentation, read from where the program was installed."""

from __future__ import annotations

import asyncio
import logging

from studio.core.assets import document
from studio.core.errors import StorageError
from studio.core.i18n import tr
from studio.domain.guide import Guide, make_guide

log = logging.getLogger(__name__)


async def read_guide() -> Guide:
    """All pages; takes a moment and a thread.

    Raises:
        StorageError: the pages are not there, as after a damaged installation.
    """
    try:
        return await asyncio.to_thread(make_guide, _text)
    except (OSError, UnicodeDecodeError) as error:
        log.warning("the documentation cannot be read: %s", error)
        raise StorageError(
            tr("The pages of Help cannot be read."), tr("Installing Nectary again brings them back.")
        ) from error


def _text(page_id: str) -> str:
    return document(*page_id.split("/")).read_text(encoding="utf-8")
