"""The texts of the program and their translations: `python -m scripts.messages update | compile | check`.

    update    reads the texts from the source into nectary.pot and renews every language's nectary.po
    compile   writes the nectary.mo that the program reads
    check     says what is not as `update` and `compile` would leave it; exits with how many there are

`update` compiles, too. Files are sorted and carry no dates and no line numbers: only words change them.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from studio.core.i18n import DOMAIN

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "resources" / "translations"
KEYWORDS = {"tr": None, "trn": (1, 2), "tr_noop": None}
# The sandbox speaks for a server, in the service's own English.
SKIPPED = ("sandbox", "_resources")
WIDTH = 110
HEADER = "# The texts of Nectary. docs/translating.md tells how to translate them."


class Texts(Catalog):
    """A catalogue whose header is the same each time: no dates, no versions of tools."""

    def __init__(self, language: str | None = None) -> None:
        super().__init__(locale=language, domain=DOMAIN, header_comment=HEADER, fuzzy=False)

    @property
    def mime_headers(self) -> list[tuple[str, str]]:  # type: ignore[override]  # a property there, too
        headers = [("MIME-Version", "1.0"), ("Content-Type", "text/plain; charset=utf-8"),
                   ("Content-Transfer-Encoding", "8bit")]  # fmt: skip
        if self.locale is not None:
            headers += [("Language", str(self.locale_identifier)), ("Plural-Forms", self.plural_forms)]
        return headers


def texts() -> Texts:
    """What the source says, as a template."""
    catalogue = Texts()
    found = extract_from_dir(
        str(ROOT / "studio"), [("**.py", "python")], keywords=KEYWORDS, comment_tags=("Translators",),
        directory_filter=lambda folder: Path(folder).name not in (*SKIPPED, "__pycache__"),
    )  # fmt: skip
    places: dict[str | tuple[str, ...], set[str]] = {}
    for name, _line, message, comments, _context in found:
        places.setdefault(message, set()).add(f"studio/{name}")
        catalogue.add(message, auto_comments=[one.removeprefix("Translators ") for one in comments])
    for message, files in places.items():
        catalogue.add(message, locations=[(file, None) for file in sorted(files)])  # type: ignore[list-item]  # no lines
    # A Python text with `%` is no printf format here.
    for one in catalogue:
        one.flags -= {"python-format", "python-brace-format"}
    return catalogue


def languages() -> list[str]:
    """The languages that have a folder."""
    return sorted(path.name for path in FOLDER.iterdir() if path.is_dir())


def po_file(language: str) -> Path:
    return FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def read(language: str) -> Texts:
    """What translators wrote."""
    with po_file(language).open("rb") as file:
        found = read_po(file, locale=language, domain=DOMAIN)
    catalogue = Texts(language)
    for message in found:
        if message.id:
            catalogue[message.id] = message
    return catalogue


def updated(language: str, template: Texts) -> Texts:
    """A language's catalogue with exactly the texts of `template`; new ones are empty, none is guessed."""
    old = read(language) if po_file(language).exists() else Texts(language)
    new = Texts(language)
    for message in template:
        if not message.id:
            continue
        known = old.get(message.id)
        said = known.string if known is not None and not known.fuzzy else None
        if isinstance(message.id, tuple):
            said = said if isinstance(said, tuple) else ("",) * new.num_plurals
        new.add(
            message.id, said or "", message.locations, auto_comments=message.auto_comments,
            user_comments=known.user_comments if known is not None else (),
        )  # fmt: skip
    for one in new:
        one.flags -= {"python-format", "python-brace-format"}
    return new


def as_po(catalogue: Catalog) -> bytes:
    """The text of a .po or .pot file."""
    out = io.BytesIO()
    write_po(out, catalogue, width=WIDTH, sort_output=True, include_lineno=False, ignore_obsolete=True)
    return out.getvalue()


def as_mo(catalogue: Catalog) -> bytes:
    """What the program reads; it says in English what is not translated."""
    said = Texts(str(catalogue.locale_identifier))
    for message in catalogue:
        if message.id and _said(message.string):
            said[message.id] = message
    out = io.BytesIO()
    write_mo(out, said)
    return out.getvalue()


def template_file() -> Path:
    return FOLDER / f"{DOMAIN}.pot"


def complaints() -> Iterator[str]:
    """What is not as `update` and `compile` would leave it, one sentence each."""
    template = texts()
    if not template_file().exists() or template_file().read_bytes() != as_po(template):
        yield "nectary.pot is not what the source says; run: python -m scripts.messages update"
    for language in languages():
        if po_file(language).read_bytes() != as_po(updated(language, template)):
            yield f"{language}: nectary.po is not up to date; run: python -m scripts.messages update"
        mo = po_file(language).with_suffix(".mo")
        if not mo.exists() or mo.read_bytes() != as_mo(read(language)):
            yield f"{language}: nectary.mo is not made of nectary.po; run: python -m scripts.messages compile"


def update() -> None:
    """Bring template and languages up to date."""
    template = texts()
    FOLDER.mkdir(parents=True, exist_ok=True)
    template_file().write_bytes(as_po(template))
    for language in languages():
        catalogue = updated(language, template)
        po_file(language).write_bytes(as_po(catalogue))
        missing = sum(1 for one in catalogue if one.id and not _said(one.string))
        print(f"{language}: {len(catalogue)} texts, {missing} not translated")


def compile_all() -> None:
    """Write what the program reads."""
    for language in languages():
        po_file(language).with_suffix(".mo").write_bytes(as_mo(read(language)))


def main(arguments: list[str]) -> int:
    match arguments:
        case ["update"]:
            update()
            compile_all()
            return 0
        case ["compile"]:
            compile_all()
            return 0
        case ["check"]:
            found = list(complaints())
            print("\n".join(found) or "Everything is up to date.")
            return len(found)
        case _:
            print(__doc__)
            return 2


def _said(string: object) -> bool:
    return all(string) if isinstance(string, tuple | list) else bool(string)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
