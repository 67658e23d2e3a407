"""Which conversation stands where in the list: pinned, folders, then by day."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta

from studio.core.i18n import tr
from studio.domain.conversation import ChatFolder, ConversationRow, MessageHit, MessageState
from studio.domain.money import pollen
from studio.qt_models.conversations import Entry, EntryKind
from studio.ui.moments import day_in_words, month_in_words

Titles = Callable[[str], str]
"""The name for people of a model's id."""

_STATES: Mapping[MessageState, str] = {
    MessageState.STOPPED: tr("stopped"),
    MessageState.FAILED: tr("failed"),
    MessageState.INTERRUPTED: tr("interrupted"),
}


def title_of(row: ConversationRow) -> str:
    """The title, or what stands for it before there is one."""
    return row.title or (tr("Temporary chat") if row.temporary else tr("New chat"))


def detail_of(row: ConversationRow, titles: Titles, *, streaming: bool) -> str:
    """The second line: "streaming · Claude Sonnet 4.6 · 0.013"."""
    words = [tr("streaming")] if streaming else []
    ended = _STATES.get(row.state) if row.state is not None else None
    if ended and not streaming:
        words.append(ended)
    if row.messages and row.model:
        words.append(titles(row.model))
    if row.has_draft and not streaming:
        words.append(tr("draft"))
    if row.cost:
        words.append(pollen(row.cost))
    return " · ".join(words)


def group_of(row: ConversationRow, today: date) -> str:
    """The heading a conversation stands under: its day, the last week, or its month."""
    day = row.updated_at.astimezone().date()
    if day >= today - timedelta(days=1):
        return day_in_words(max(day, today - timedelta(days=1)), today) if day <= today else tr("Today")
    if day > today - timedelta(days=8):
        return tr("Previous 7 days")
    return month_in_words(day, today)


class _Arranger:
    """Makes entries of one state of the list."""

    def __init__(self, titles: Titles, streaming: Collection[str], folded: Collection[str]) -> None:
        self._titles = titles
        self._streaming = streaming
        self._folded = folded

    def chat(self, row: ConversationRow, depth: int = 0) -> Entry:
        streaming = row.id in self._streaming
        return Entry(
            key=f"chat:{row.id}", kind=EntryKind.CHAT, text=title_of(row), depth=depth, chat=row,
            streaming=streaming, detail=detail_of(row, self._titles, streaming=streaming),
        )  # fmt: skip

    def folders(
        self, folders: Sequence[ChatFolder], inside: Mapping[str, Sequence[ConversationRow]]
    ) -> Iterator[Entry]:
        children: dict[str, list[ChatFolder]] = {}
        known = {folder.id for folder in folders}
        for folder in sorted(folders, key=lambda one: (one.position, one.name.lower())):
            # A folder whose parent vanished shows at the top instead of not at all.
            parent = folder.parent_id if folder.parent_id in known else ""
            children.setdefault(parent, []).append(folder)
        yield from self._below("", 0, children, inside, set())

    def _below(
        self,
        parent: str,
        depth: int,
        children: Mapping[str, Sequence[ChatFolder]],
        inside: Mapping[str, Sequence[ConversationRow]],
        seen: set[str],
    ) -> Iterator[Entry]:
        for folder in children.get(parent, ()):
            if folder.id in seen:
                continue
            seen.add(folder.id)
            unfolded = folder.id not in self._folded
            rows = inside.get(folder.id, ())
            yield Entry(
                key=f"folder:{folder.id}", kind=EntryKind.FOLDER, text=folder.name, depth=depth,
                folder=folder, unfolded=unfolded, count=len(rows),
            )  # fmt: skip
            if unfolded:
                yield from self._below(folder.id, depth + 1, children, inside, seen)
                for row in rows:
                    yield self.chat(row, depth + 1)


def heading(text: str) -> Entry:
    return Entry(key=f"heading:{text}", kind=EntryKind.HEADING, text=text)


def newest_first(rows: Iterable[ConversationRow]) -> list[ConversationRow]:
    return sorted(rows, key=lambda row: row.updated_at, reverse=True)


def arrange(
    rows: Iterable[ConversationRow],
    folders: Sequence[ChatFolder],
    today: date,
    *,
    titles: Titles,
    streaming: Collection[str] = (),
    folded: Collection[str] = (),
) -> list[Entry]:
    """The list: pinned ones, folders with what is in them, the rest by day, newest first each."""
    arranger = _Arranger(titles, streaming, folded)
    known = {folder.id for folder in folders}
    pinned: list[ConversationRow] = []
    loose: list[ConversationRow] = []
    inside: dict[str, list[ConversationRow]] = {}
    for row in newest_first(rows):
        if row.pinned:
            pinned.append(row)
        elif row.folder_id in known:
            inside.setdefault(row.folder_id, []).append(row)
        else:
            loose.append(row)
    entries: list[Entry] = []
    if pinned:
        entries += [heading(tr("Pinned")), *map(arranger.chat, pinned)]
    if folders:
        entries += [heading(tr("Folders")), *arranger.folders(folders, inside)]
    group = ""
    for row in loose:
        its = group_of(row, today)
        if its != group:
            group = its
            entries.append(heading(its))
        entries.append(arranger.chat(row))
    return entries


def found(
    rows: Sequence[ConversationRow],
    hits: Sequence[MessageHit],
    *,
    titles: Titles,
    streaming: Collection[str] = (),
    more: bool = False,
) -> list[Entry]:
    """What a search found: conversations by their title, then messages; `more` of them may be there."""
    arranger = _Arranger(titles, streaming, ())
    entries: list[Entry] = []
    if rows:
        entries += [heading(tr("Chats")), *map(arranger.chat, rows)]
    if hits:
        entries.append(heading(tr("Messages")))
        entries += [_hit(hit) for hit in hits]
    if more:
        entries.append(Entry(key="more", kind=EntryKind.MORE, text=tr("Show more")))
    return entries


def _hit(hit: MessageHit) -> Entry:
    def place(at: int) -> int:
        """Where a character of the snippet stands once it is on one line."""
        return len(" ".join(f"{hit.snippet[:at]}x".split())) - 1

    return Entry(
        key=f"hit:{hit.message_id}", kind=EntryKind.HIT, text=hit.title or tr("New chat"), hit=hit,
        detail=" ".join(hit.snippet.split()),
        marks=tuple((place(start), place(end - 1) + 1) for start, end in hit.marks if end > start),
    )  # fmt: skip
