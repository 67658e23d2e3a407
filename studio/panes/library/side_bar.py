"""The left column of the Library: everything, collections, kinds, models, saved searches, ratings, tags, days
and the trash; each with its count."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from PySide6.QtCore import QMargins, QSize, Signal
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from studio.core.i18n import number, tr
from studio.domain.library import Facets, FacetValue, LibraryQuery, Shelves
from studio.domain.media import MediaKind
from studio.panes.library.shelf_rows import CollectionList, SearchList
from studio.ui.moments import day_in_words
from studio.ui.tab_order import OneStop
from studio.ui.theme import BORDER, Space, Theme
from studio.ui.widgets.buttons import TabButton
from studio.ui.widgets.scroll import ScrollColumn
from studio.ui.widgets.surfaces import Surface
from studio.ui.widgets.text import SectionHeader

WIDTH = 232
MODELS_SHOWN = 8
MOST_STARS = 5
TAGS_SHOWN = 10
DAYS_SHOWN = 5
KIND_WORDS = {
    MediaKind.IMAGE: tr("Pictures"),
    MediaKind.VIDEO: tr("Video"),
    MediaKind.SPEECH: tr("Speech"),
    MediaKind.MUSIC: tr("Music"),
    MediaKind.TRANSCRIPT: tr("Transcripts"),
    MediaKind.TEXT: tr("Texts"),
    MediaKind.OTHER: tr("Other files"),
}


def day_words(day: str) -> str:
    """ "Today", "12 November" for a day in ISO 8601."""
    return day_in_words(date.fromisoformat(day), datetime.now().astimezone().date())


class FacetList(QWidget):
    """One group: a heading and its lines; hidden while it has none."""

    chosen = Signal(str)

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: dict[str, TabButton] = {}
        self._one_stop = OneStop(self)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        header = SectionHeader(title)
        header.setContentsMargins(Space.MD, 0, Space.MD, Space.XS)
        self._column.addWidget(header)
        self.hide()

    def show_values(self, values: Sequence[FacetValue], chosen: Sequence[str]) -> None:
        """Show these lines; existing ones are kept, so that the focus stays where it is."""
        wanted = {value.value: value for value in values}
        for gone in [key for key in self._rows if key not in wanted]:
            row = self._rows.pop(gone)
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        for place, value in enumerate(values, start=1):
            row = self._rows.get(value.value)
            if row is None:
                row = TabButton(value.label, "", wide=True)
                row.setCheckable(True)
                row.setAutoExclusive(False)
                row.clicked.connect(lambda _on=False, key=value.value: self.chosen.emit(key))
                self._rows[value.value] = row
            self._column.removeWidget(row)
            self._column.insertWidget(place, row)
            row.set_detail(number(value.count))
            row.setChecked(value.value in chosen)
        self._one_stop.hold([self._rows[value.value] for value in values])
        self.setVisible(bool(values))


class SideBar(Surface):
    """Facets of the whole library; a click narrows the query, a second one widens it again."""

    everything = Signal()
    kind = Signal(str)
    model = Signal(str)
    tag = Signal(str)
    day = Signal(str)
    rating = Signal(int)
    trash = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("surface", "right", parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self._all = _place(tr("Everything"), "grid")
        self._all.clicked.connect(self._press_all)
        self.collections = CollectionList()
        self._kinds = FacetList(tr("Kind"))
        self._kinds.chosen.connect(self.kind)
        self._models = FacetList(tr("Model"))
        self._models.chosen.connect(self.model)
        self.searches = SearchList()
        self._ratings = FacetList(tr("Rating"))
        self._ratings.chosen.connect(lambda value: self.rating.emit(int(value)))
        self._tags = FacetList(tr("Tags"))
        self._tags.chosen.connect(self.tag)
        self._days = FacetList(tr("Day"))
        self._days.chosen.connect(self.day)
        self._trash = _place(tr("Trash"), "trash")
        self._trash.clicked.connect(self.trash)
        area = ScrollColumn(QMargins(Space.SM, Space.LG, Space.SM, Space.LG))
        for part in (
            self._all, self.collections, self._kinds, self._models, self.searches, self._ratings, self._tags,
            self._days,
        ):  # fmt: skip
            area.column.addWidget(part)
        area.column.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, round(BORDER), 0)
        outer.setSpacing(0)
        outer.addWidget(area, 1)
        foot = QVBoxLayout()
        foot.setContentsMargins(Space.SM, Space.SM, Space.SM, Space.MD)
        foot.addWidget(self._trash)
        outer.addLayout(foot)

    def _press_all(self) -> None:
        """Pressing it again changes nothing, so it stays marked."""
        self._all.setChecked(True)
        self.everything.emit()

    def sizeHint(self) -> QSize:
        return QSize(Theme.current().px(WIDTH), 600)

    def minimumSizeHint(self) -> QSize:
        return QSize(Theme.current().px(WIDTH), 200)

    def show_facets(self, whole: Facets, query: LibraryQuery, titles: Callable[[str], str]) -> None:
        """Counts of the whole library, with the query's choices marked; `titles` names a model by its id."""
        self._all.set_detail(number(whole.total))
        self._all.setChecked(query.filters() == LibraryQuery())
        kinds = [
            FacetValue(value=v.value, label=KIND_WORDS[MediaKind(v.value)], count=v.count)
            for v in whole.kinds
            if v.count
        ]
        self._kinds.show_values(kinds, [kind.value for kind in query.kinds])
        self._models.show_values(named_models(whole.models, titles)[:MODELS_SHOWN], [",".join(query.models)])
        self._ratings.show_values(
            at_least(whole.ratings), [str(query.min_rating)] if query.min_rating else []
        )
        self._tags.show_values(whole.tags[:TAGS_SHOWN], query.tags)
        days = [replace(v, label=day_words(v.value)) for v in whole.days[:DAYS_SHOWN]]
        if query.day and query.day not in [value.value for value in days]:
            days += [replace(v, label=day_words(v.value)) for v in whole.days if v.value == query.day]
        self._days.show_values(days, [query.day] if query.day else [])
        self._trash.setChecked(query.trash)

    def show_shelves(
        self, shelves: Shelves, whole: Facets, query: LibraryQuery, found: Mapping[str, int]
    ) -> None:
        """The user's collections and saved searches; `found` is how many each search finds, by its id."""
        counts = {value.value: value.count for value in whole.collections}
        self.collections.show_shelves(shelves, counts, query.collection)
        asked = replace(query.filters(), order=query.order)
        same = next((one.id for one in shelves.searches if one.query() == asked), "")
        self.searches.show_searches(shelves.searches, found, same)

    def show_trash(self, count: int) -> None:
        self._trash.set_detail(number(count) if count else "")


def at_least(ratings: Sequence[FacetValue]) -> list[FacetValue]:
    """One row for each rating that was given, best first, with the count that choosing it finds: it asks for
    so many stars and more."""
    given = sorted((int(v.value), v.count) for v in ratings if int(v.value) > 0 and v.count)
    rows: list[FacetValue] = []
    total = 0
    for stars, count in reversed(given):
        total += count
        signs = "★" * stars
        label = signs if stars == MOST_STARS else tr("{stars} and more", stars=signs)
        rows.append(FacetValue(value=str(stars), label=label, count=total))
    return rows


def named_models(values: Sequence[FacetValue], titles: Callable[[str], str]) -> list[FacetValue]:
    """One row for each model as people know it: a library holds a model's former ids beside the present one
    (CONTRACT 2). A row's value is all its ids with commas between them, which no id has."""
    rows: dict[str, FacetValue] = {}
    for value in values:
        label = titles(value.value)
        same = rows.get(label)
        if same is None:
            rows[label] = replace(value, label=label)
        else:
            ids = ",".join(sorted((*same.value.split(","), value.value)))
            rows[label] = replace(same, value=ids, count=same.count + value.count)
    return sorted(rows.values(), key=lambda row: -row.count)


def _place(text: str, icon: str) -> TabButton:
    button = TabButton(text, icon, wide=True)
    button.setCheckable(True)
    button.setAutoExclusive(False)
    return button
