"""Pictures from outside, dropped on the window or pasted: use the settings they carry, or keep them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import QMimeData

from studio.core.errors import Action
from studio.core.i18n import tr
from studio.domain.asset import Asset
from studio.services.context import Services
from studio.services.notices import Severity

ENDINGS = (".png", ".jpg", ".jpeg", ".webp")
EXCERPT = 120


def picture_in(data: QMimeData) -> Path | None:
    """The first picture file that something dragged or copied names."""
    for url in data.urls():
        path = Path(url.toLocalFile())
        if url.isLocalFile() and is_picture(path):
            return path
    return None


def is_picture(path: Path) -> bool:
    """Whether a file looks like a picture that may say how it was made."""
    return path.suffix.lower() in ENDINGS


async def offer(services: Services, path: Path) -> None:
    """Say what the picture tells about itself, with what can be done with it."""
    keep = Action("file.keep", tr("Add to the library"), str(path))
    draft = await services.library.read_parameters(path)
    if draft.prompt:
        services.notices.tell(
            tr("This picture says how it was made."),
            draft.prompt[:EXCERPT],
            topic="dropped",
            actions=(Action("file.use", tr("Use its settings"), str(path)), keep),
        )
    else:
        services.notices.tell(
            tr("This picture does not say how it was made."), topic="dropped", actions=(keep,)
        )


async def use(services: Services, path: Path, hand_over: Callable[[Asset], None]) -> None:
    """Hand over what the picture carries, as an asset that is not in the library."""
    draft = await services.library.read_parameters(path)
    hand_over(
        Asset(
            id="", kind=draft.kind, path=path.name, mime=draft.mime, size=0, sha256="",
            created_at=draft.created_at or datetime.now(UTC), prompt=draft.prompt,
            negative_prompt=draft.negative_prompt, provenance=draft.provenance,
        )
    )  # fmt: skip


async def keep(services: Services, path: Path) -> None:
    """Copy the picture into the library, or say why it cannot be taken in."""
    imported = await services.library.import_files([path])
    for _path, error in imported.refused:
        services.notices.report(error)
    if imported.assets:
        services.notices.tell(
            tr("The picture is in the library."), severity=Severity.SUCCESS, topic="dropped"
        )
