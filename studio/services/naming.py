"""What files would be called, and what is told of them, without touching the library."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from pathlib import PurePosixPath
from typing import NamedTuple

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


PARTS = ("date", "time", "prompt", "model", "seed", "kind", "id")
"""What a template may name."""
LONGEST_TEMPLATE = 200


class Judgement(NamedTuple):
    """What is said of a template: a sentence or "", and whether it cannot be used."""

    words: str = ""
    bad: bool = False


def judge_template(template: str) -> Judgement:
    """What somebody who types this should know; the first thing that matters."""
    text = template.strip()
    unknown = [name for name in re.findall(r"\{([^{}]*)\}", text) if name not in PARTS]
    if not text:
        return Judgement(tr("A name needs at least one part, such as {date}."), bad=True)
    if len(text) > LONGEST_TEMPLATE:
        return Judgement(tr("That is too long: {n} characters are the most.", n=LONGEST_TEMPLATE), bad=True)
    if unknown:
        return Judgement(tr("There is no part {name}.", name=f"{{{unknown[0]}}}"), bad=True)
    if text.count("{") != text.count("}") or re.search(r"\{[^}]*\{|\}[^{]*\}", text):
        return Judgement(tr("A part stands between { and }."), bad=True)
    if "/" in text or "\\" in text:
        return Judgement(tr("A slash becomes a dash: a name makes no folders."))
    if text.startswith(".") or text.endswith(".") or ".." in text:
        return Judgement(tr("Dots at the ends are left out."))
    if re.search(r'[<>:"|?*]', text):
        return Judgement(tr("Some of these characters become dashes: not every system takes them."))
    if any(unicodedata.category(char)[0] == "C" for char in text):
        return Judgement(tr("Characters that cannot be seen are left out."))
    if not any(f"{{{name}}}" in text for name in PARTS):
        return Judgement(tr("All files get this name, with a number behind it."))
    return Judgement()


def example_name(template: str) -> str:
    """The name that a picture would get by `template`, without its ending."""
    draft = AssetDraft(
        kind=MediaKind.IMAGE,
        prompt=tr("A lighthouse on a basalt cliff at dusk"),
        provenance=Provenance(model="flux", seed=1832551904),
    )
    return stem_from_template(template, draft, datetime.now().astimezone(), new_id())
