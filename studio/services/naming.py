"""What files would be called, and what is told of them, without touching the library."""

from __future__ import annotations

from datetime import datetime
from pathlib import PurePosixPath

from studio.core.i18n import tr
from studio.core.ids import new_id
from studio.domain.asset import Asset, AssetDraft, Provenance
from studio.domain.media import MediaKind
from studio.library.files import stem_from_template


def parameters_of(asset: Asset) -> str:
    """How an asset was made as infotext, which other programs read."""
    from studio.library.metadata.embed import infotext_of  # XML takes 50 ms to import, and no start needs it

    return infotext_of(asset)


def copy_name(asset: Asset, template: str) -> str:
    """What the first copy of an export would be called by `template`, without its ending."""
    from studio.library.exporting import name_of_copy

    return name_of_copy(asset, PurePosixPath(asset.path).stem, 1, template)


def example_name(template: str) -> str:
    """The name that a picture would get by `template`, without its ending."""
    draft = AssetDraft(
        kind=MediaKind.IMAGE,
        prompt=tr("A lighthouse on a basalt cliff at dusk"),
        provenance=Provenance(model="flux", seed=1832551904),
    )
    return stem_from_template(template, draft, datetime.now().astimezone(), new_id())
