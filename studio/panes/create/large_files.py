"""The question about files that some servers refuse for their size."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QWidget

from studio.core.i18n import tr, trn
from studio.domain.asset import Asset
from studio.domain.media import MediaKind
from studio.services.references import SURE_BYTES
from studio.ui.amounts import file_size
from studio.ui.dialogs import Sheet

TOLD = 4


async def ask_large(owner: QWidget, assets: Sequence[Asset]) -> str:
    """What to do with these: "smaller" for copies of the pictures, "as_they_are", or "" for nothing."""
    names = [f"{Path(asset.path).name} ({file_size(asset.size)})" for asset in assets[:TOLD]]
    if len(assets) > TOLD:
        names.append(tr("and {n} more", n=len(assets) - TOLD))
    pictures = sum(asset.kind is MediaKind.IMAGE for asset in assets)
    words = [
        tr("Some servers take {size} at most and refuse larger files.", size=file_size(SURE_BYTES)),
        ", ".join(names) + ".",
    ]
    if pictures:
        words.append(
            trn("The smaller copy is kept in the library, too.",
                "The smaller copies are kept in the library, too.", pictures)
        )  # fmt: skip
    sheet = Sheet(
        owner,
        trn("This file is large", "These {n} files are large", len(assets)),
        " ".join(words),
    )
    sheet.add_button(tr("Cancel"), "")
    whole = sheet.add_button(
        trn("Send it as it is", "Send them as they are", len(assets)), "as_they_are",
        "secondary" if pictures else "primary", default=not pictures,
    )  # fmt: skip
    chosen = whole
    if pictures:
        chosen = sheet.add_button(
            trn("Send a smaller copy", "Send smaller copies", pictures), "smaller", "primary", default=True
        )
    answer = await sheet.result(chosen)
    return answer if isinstance(answer, str) else ""
