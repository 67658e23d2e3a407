"""Styles and wildcard files: what prompts are put together from."""

from __future__ import annotations

import asyncio
import csv
import io
import logging
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, cast

from studio.core.errors import InputError, StorageError
from studio.core.events import Event
from studio.core.i18n import tr
from studio.domain.prompt_template import SLOT
from studio.services.profile import ProfileService

log = logging.getLogger(__name__)
STYLES_KEY = "create.styles"
EXAMPLE = "# One choice in each line. In a prompt: __colours__\nochre\nslate blue\nmoss green\n"
MOST_FILES = 500
MOST_LINES = 10_000
MOST_STYLES = 2_000
MOST_BYTES = 2_000_000


class Style(NamedTuple):
    """A name, and the text around a prompt: `{prompt}` is where the prompt goes.

    Args:
        negative: what should not be in it, for models that take a negative prompt.
        own: of the user, not of the program.
    """

    name: str
    text: str
    own: bool = False
    negative: str = ""


BUILT_IN = (
    Style(tr("Photograph"), "photograph of {prompt}, natural light, 50 mm lens, fine grain"),
    Style(tr("Cinematic"), "cinematic still of {prompt}, anamorphic, soft haze, rich shadows, film grain"),
    Style(tr("Oil painting"), "oil painting of {prompt}, thick brush strokes, visible canvas"),
    Style(tr("Watercolour"), "watercolour of {prompt}, wet paper, soft edges, white margins"),
    Style(tr("Ink drawing"), "ink drawing of {prompt}, fine hatching, black on cream paper"),
    Style(tr("Paper collage"), "paper collage of {prompt}, cut shapes, layered shadows, flat colours"),
    Style(tr("Isometric"), "isometric illustration of {prompt}, clean shapes, soft light, plain background"),
    Style(tr("Pixel art"), "pixel art of {prompt}, limited palette, crisp edges"),
)


class PromptBook:
    """The user's styles, kept in the profile, and the wildcard files of a folder.

    Args:
        folder: asked for each time, as the user may choose another one.
    """

    def __init__(self, profile: ProfileService, folder: Callable[[], Path]) -> None:
        self.changed: Event[None] = Event("prompt_book.changed")
        self.wildcards: Mapping[str, tuple[str, ...]] = {}
        self._profile = profile
        self._folder = folder
        self._own: tuple[Style, ...] = ()

    @property
    def folder(self) -> Path:
        """Where the wildcard files lie: `name.txt`, one choice in each line."""
        return self._folder()

    @property
    def styles(self) -> tuple[Style, ...]:
        """The user's own, then those of the program that none of them replaces."""
        names = {style.name.casefold() for style in self._own}
        return self._own + tuple(style for style in BUILT_IN if style.name.casefold() not in names)

    def name_of(self, text: str) -> str:
        """What a style's text is called; "" for one that is not in the list."""
        return next((style.name for style in self.styles if style.text == text), "")

    async def open(self) -> None:
        """Read the styles and the wildcard files."""
        self._own = _styles(await self._profile.draft(STYLES_KEY))
        await self.read_wildcards()
        self.changed.emit(None)

    async def make_folder(self) -> Path:
        """The folder of the wildcard files, with an example when there is nothing in it yet.

        Raises:
            StorageError: it cannot be made.
        """
        folder = self.folder

        def make() -> None:
            folder.mkdir(parents=True, exist_ok=True)
            if not any(folder.iterdir()):
                (folder / "colours.txt").write_text(EXAMPLE, encoding="utf-8")

        try:
            await asyncio.to_thread(make)
        except OSError as error:
            raise StorageError(tr("The folder cannot be made."), error.strerror or "") from error
        await self.read_wildcards()
        return folder

    async def read_wildcards(self) -> bool:
        """Read the folder again; whether anything in it is different now."""
        found = await asyncio.to_thread(read_folder, self.folder)
        if found == self.wildcards:
            return False
        self.wildcards = found
        self.changed.emit(None)
        return True

    async def put(self, name: str, text: str, instead_of: str = "", *, negative: str = "") -> Style:
        """Add a style, or change the one called `instead_of`.

        Raises:
            InputError: the name or the text is missing.
            StorageError: it could not be written down.
        """
        style = Style(" ".join(name.split()), text.strip(), own=True, negative=negative.strip())
        if not style.name or not style.text:
            raise InputError(tr("A style needs a name and a text."), field="style")
        replaced = {style.name.casefold(), instead_of.casefold()}
        kept = [one for one in self._own if one.name.casefold() not in replaced]
        await self._keep((*kept, style))
        return style

    async def take_in(self, path: Path) -> int:
        """Add the styles of a `styles.csv` as A1111 and Forge write it; those of the same name are replaced.
        Tells how many there were.

        Raises:
            StorageError: the file cannot be read.
            InputError: there are no styles in it.
        """
        try:
            text = await asyncio.to_thread(_read_text, path)
        except OSError as error:
            raise StorageError(tr("The file cannot be read."), error.strerror or "") from error
        found = read_styles(text)
        if not found:
            raise InputError(
                tr("There are no styles in {name}.", name=path.name),
                tr("It should have the columns name, prompt and negative_prompt."),
                field="style",
            )
        names = {style.name.casefold() for style in found}
        await self._keep((*(one for one in self._own if one.name.casefold() not in names), *found))
        return len(found)

    async def remove(self, name: str) -> None:
        """Remove one of the user's styles; one of the program's that it replaced comes back."""
        await self._keep(one for one in self._own if one.name != name)

    async def _keep(self, styles: Iterable[Style]) -> None:
        own = tuple(sorted(styles, key=lambda style: style.name.casefold()))
        await self._profile.set_draft(STYLES_KEY, [[style.name, style.text, style.negative] for style in own])
        self._own = own
        self.changed.emit(None)


def _styles(kept: object) -> tuple[Style, ...]:
    """Styles as the profile keeps them; anything else is left out."""
    found: list[Style] = []
    for entry in cast("list[Any]", kept) if isinstance(kept, list) else ():
        match entry:
            case [str(name), str(text), *rest] if name and text:
                negative = rest[0] if rest and isinstance(rest[0], str) else ""
                found.append(Style(name, text, own=True, negative=negative))
            case _:
                log.warning("a style cannot be read: %r", entry)
    return tuple(found)


def _read_text(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(MOST_BYTES).decode("utf-8-sig", "replace")


def read_styles(text: str) -> tuple[Style, ...]:
    """The styles of a `styles.csv`: a heading, then name, prompt and negative prompt.

    What A1111 writes between them ("--- My styles ---" with nothing else) is left out, as is what has neither
    a prompt nor a slot; a name twice counts as it stands last.
    """
    found: dict[str, Style] = {}
    try:
        for row in csv.DictReader(io.StringIO(text, newline="")):
            columns = {str(key or "").strip().lower(): value for key, value in row.items()}
            name, negative = _column(columns, "name"), _column(columns, "negative_prompt")
            # The oldest files call the column "text".
            prompt = _column(columns, "prompt") or _column(columns, "text")
            if name and (prompt or negative):
                found[name.casefold()] = Style(name, prompt or SLOT, own=True, negative=negative)
    except csv.Error as error:
        log.info("a file of styles breaks off: %s", error)
    return tuple(found.values())[:MOST_STYLES]


def _column(columns: Mapping[str, Any], name: str) -> str:
    value = columns.get(name)
    return " ".join(value.split()) if isinstance(value, str) else ""


def read_folder(folder: Path) -> dict[str, tuple[str, ...]]:
    """Wildcard files by name: `animals.txt` is `animals`, `sea/fish.txt` is `sea/fish`.

    Empty lines and those that begin with `#` are left out, and what cannot be read as a file of that kind.
    """
    found: dict[str, tuple[str, ...]] = {}
    try:
        files = sorted(path for path in folder.rglob("*.txt") if path.is_file())[:MOST_FILES]
    except OSError as error:
        log.info("the wildcard files cannot be listed: %s", error)
        return found
    for path in files:
        try:
            with path.open("rb") as file:
                text = file.read(MOST_BYTES).decode("utf-8-sig", "replace")
        except OSError as error:
            log.info("a wildcard file cannot be read: %s", error)
            continue
        lines = (line.strip() for line in text.splitlines())
        choices = tuple(line for line in lines if line and not line.startswith("#"))[:MOST_LINES]
        if choices:
            found[path.relative_to(folder).with_suffix("").as_posix()] = choices
    return found
