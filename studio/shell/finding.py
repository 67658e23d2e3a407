"""What the palette finds beside commands: models, shelves of the library, assets, chats, pages of Help.

Everything is looked for in what is on this computer. What is in memory answers at once, the rest after a
moment, in two parts, so that the long way through all messages keeps nothing else waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from studio.core.errors import StudioError
from studio.core.i18n import tr
from studio.domain.library import AssetRow, LibraryQuery, Shelves
from studio.domain.shelves import path_of
from studio.shell.fuzzy import score
from studio.ui.moments import day_in_words

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from studio.domain.conversation import ConversationRow, MessageHit
    from studio.domain.guide import Guide
    from studio.domain.models import ModelInfo
    from studio.services.context import Services

T = TypeVar("T")
FEW: Final = 4
"""Lines of a group."""
ASSETS: Final = 6
HELP: Final = 3
GOOD: Final = 2.0
"""Points from which on a title really has what was typed, and not only its letters here and there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One line of the palette.

    Args:
        id: of what was found, the only one of its `command`.
        note: a second line under the title; `aside`: a word at its right end, as the keys of a command are.
        command, argument: what is run when it is taken.
        image: of an asset, once it is loaded.
    """

    id: str
    title: str
    group: str
    note: str = ""
    aside: str = ""
    icon: str = ""
    shortcut: str = ""
    command: str = ""
    argument: str = ""
    is_asset: bool = False
    image: QImage | None = None

    @property
    def key(self) -> str:
        """Tells this line from every other one."""
        return f"{self.command} {self.id}"


class Finder:
    """Finds by words; kept by the window, so that the pages of Help are read once."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._guide: Guide | None = None

    def at_once(self, typed: str) -> list[Found]:
        """Models and shelves: they are in memory."""
        services = self._services
        shelves = services.library.shelves if services.library.is_open else Shelves()
        return [*model_lines(typed, services.catalogue.models), *shelf_lines(typed, shelves)]

    async def soon(self, typed: str) -> tuple[list[Found], list[AssetRow]]:
        """Chats by their titles, and assets with their rows. What cannot be read is left out: that is told of
        elsewhere."""
        chats: list[Found] = []
        rows: list[AssetRow] = []
        with suppress(StudioError):
            chats = chat_lines(await self._services.chat.titles(typed))
        library = self._services.library
        with suppress(StudioError):  # the library is being closed
            ids = await library.row_ids(LibraryQuery(text=typed))
            rows = await library.rows(ids[:ASSETS])
        today = datetime.now().astimezone().date()
        title = self._services.catalogue.title
        return [*chats, *(_asset_line(row, today, title(row.model)) for row in rows)], rows

    async def later(self, typed: str) -> list[Found]:
        """What stands in chats, and headings of Help."""
        found: list[Found] = []
        with suppress(StudioError):
            found += hit_lines(typed, await self._services.chat.search(typed, FEW))
        with suppress(StudioError):
            found += help_lines(typed, await self._read_guide())
        return found

    async def _read_guide(self) -> Guide:
        from studio.services.guide import read_guide

        if self._guide is None:
            self._guide = await read_guide()
        return self._guide


def place_of(model: ModelInfo) -> str:
    """The pane that asks this model; "" for one that none asks."""
    if model.makes_images or model.makes_videos:
        return "create"
    if model.is_chat:
        return "chat"
    return "audio" if model.speaks or model.makes_music or model.transcribes else ""


def makes_words(model: ModelInfo) -> str:
    """What the model is for, in a word or two."""
    table: tuple[tuple[bool, Callable[[], str]], ...] = (
        (model.makes_images, lambda: tr("Pictures")),
        (model.makes_videos, lambda: tr("Video")),
        (model.is_chat, lambda: tr("Chat")),
        (model.transcribes, lambda: tr("Transcripts")),
        (model.makes_music, lambda: tr("Music")),
        (model.speaks, lambda: tr("Speech")),
    )
    return next((words() for holds, words in table if holds), "")


def model_lines(typed: str, models: Iterable[ModelInfo]) -> list[Found]:
    """Models by name and title; one that is taken becomes the one of its pane."""
    asked = [model for model in models if place_of(model)]
    best = _best(typed, asked, lambda model: (model.title, model.name))
    return [
        Found(
            id=model.name, title=model.title or model.name, group=tr("Models"), aside=makes_words(model),
            icon="model", command="model.use", argument=model.name,
        )
        for model in best
    ]  # fmt: skip


def shelf_lines(typed: str, shelves: Shelves) -> list[Found]:
    """Collections and saved searches by name."""
    group = tr("Collections and searches")
    collections = [
        Found(
            id=one.id, title=path_of(shelves, one.id), group=group, aside=tr("Collection"), icon="folder",
            command="library.collection", argument=one.id,
        )
        for one in shelves.collections
    ]  # fmt: skip
    searches = [
        Found(
            id=one.id, title=one.name, group=group, aside=tr("Saved search"), icon="search",
            command="library.search", argument=one.id,
        )
        for one in shelves.searches
    ]  # fmt: skip
    return _best(typed, [*collections, *searches], lambda line: (line.title,))


def chat_lines(rows: Sequence[ConversationRow]) -> list[Found]:
    """Conversations whose title was found, as the chat's own search orders them."""
    return [
        Found(
            id=row.id, title=row.title, group=tr("Chats"), icon="chat", command="chat.open", argument=row.id,
            aside=tr("Archived") if row.archived else "",
        )
        for row in rows[:FEW]
    ]  # fmt: skip


def hit_lines(typed: str, hits: Sequence[MessageHit]) -> list[Found]:
    """Messages that have the words, with the chat they stand in."""
    return [
        Found(
            id=hit.message_id, title=" ".join(hit.snippet.split()), group=tr("In chats"),
            note=hit.title or tr("New chat"), icon="chat", command="chat.open",
            argument=f"{hit.conversation_id} {hit.message_id} {typed}",
        )
        for hit in hits[:FEW]
    ]  # fmt: skip


def help_lines(typed: str, guide: Guide) -> list[Found]:
    """Pages and sections of Help whose headings have the words."""
    return [
        Found(
            id=f"{hit.page}#{hit.anchor}", title=hit.section or hit.title, group=tr("Help"), icon="book",
            aside=hit.title if hit.section != hit.title else "",
            command="help.open", argument=f"{hit.page}#{hit.anchor}",
        )
        for hit in guide.find(typed, headings=True)[:HELP]
    ]  # fmt: skip


def _best(typed: str, things: Sequence[T], names: Callable[[T], Sequence[str]]) -> list[T]:
    """The few whose names answer best."""
    scored = [
        (max(score(typed, name) for name in names(thing)), -place) for place, thing in enumerate(things)
    ]
    scored.sort(reverse=True)
    return [things[-place] for points, place in scored[:FEW] if points >= GOOD]


def _asset_line(row: AssetRow, today: date, model: str) -> Found:
    made = datetime.fromtimestamp(row.created_at).astimezone()
    day = day_in_words(made.date(), today)
    note = " · ".join(part for part in (model, f"{day}, {made:%H:%M}") if part)
    icon = {"video": "video", "image": "picture"}.get(row.kind.value, "file")
    return Found(
        id=row.id, title=row.title or Path(row.path).name, group=tr("Library"), note=note, icon=icon,
        is_asset=True, command="library.show", argument=row.id,
    )  # fmt: skip
