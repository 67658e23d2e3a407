from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import QApplication

from studio.domain.conversation import ChatFolder
from studio.qt_models.conversations import ConversationListModel, Entry, EntryKind


def entry(key: str, text: str = "") -> Entry:
    return Entry(key=key, kind=EntryKind.CHAT, text=text or key)


class Mirror:
    """What a view believes that follows the model's signals alone."""

    def __init__(self, model: ConversationListModel) -> None:
        self.model = model
        self.rows: list[Entry] = []
        model.rowsInserted.connect(self._inserted)
        model.rowsRemoved.connect(self._removed)
        model.rowsMoved.connect(self._moved)
        model.dataChanged.connect(self._changed)
        model.modelReset.connect(self._reset)
        self.resets = 0

    def _inserted(self, _parent: QModelIndex, first: int, last: int) -> None:
        self.rows[first:first] = self.model.entries[first : last + 1]

    def _removed(self, _parent: QModelIndex, first: int, last: int) -> None:
        del self.rows[first : last + 1]

    def _moved(self, _p: QModelIndex, first: int, last: int, _q: QModelIndex, target: int) -> None:
        assert first == last
        self.rows.insert(target if target < first else target - 1, self.rows.pop(first))

    def _changed(self, first: QModelIndex, last: QModelIndex) -> None:
        for row in range(first.row(), last.row() + 1):
            self.rows[row] = self.model.entries[row]

    def _reset(self) -> None:
        self.resets += 1


ROW = st.tuples(st.integers(0, 12), st.sampled_from("ab"))


@given(states=st.lists(st.lists(ROW, unique_by=lambda one: one[0])))
def test_change_sets_lead_to_what_was_asked_for(states: list[list[tuple[int, str]]]) -> None:
    model = ConversationListModel()
    mirror = Mirror(model)
    for state in states:
        wanted = [entry(f"chat:{number}", f"{number}{text}") for number, text in state]
        model.set_entries(wanted)
        assert list(model.entries) == wanted
        assert mirror.rows == wanted
    assert not mirror.resets


def test_one_row_that_moves_up_is_one_move(qapp: QApplication) -> None:
    model = ConversationListModel()
    rows = [entry(f"chat:{number}") for number in range(2000)]
    model.set_entries(rows)
    happened: list[str] = []
    model.rowsMoved.connect(lambda *_: happened.append("moved"))
    model.rowsInserted.connect(lambda *_: happened.append("inserted"))
    model.rowsRemoved.connect(lambda *_: happened.append("removed"))
    model.dataChanged.connect(lambda *_: happened.append("changed"))
    model.set_entries([rows[1500], *rows[:1500], *rows[1501:]])
    assert happened == ["moved"]


def test_renaming_dragging_and_what_a_screen_reader_hears(qapp: QApplication) -> None:
    model = ConversationListModel()
    folder = ChatFolder(id="f1", name="Coast")
    model.set_entries(
        [
            Entry(key="heading:x", kind=EntryKind.HEADING, text="Folders"),
            Entry(key="folder:f1", kind=EntryKind.FOLDER, text="Coast", folder=folder, unfolded=False),
            Entry(key="chat:1", kind=EntryKind.CHAT, text="Poster", detail="0.013", streaming=True),
        ]
    )
    renamed: list[tuple[str, str]] = []
    moved: list[tuple[list[str], str]] = []
    model.renamed.connect(lambda one, text: renamed.append((one.key, text)))
    model.moved.connect(lambda ids, to: moved.append((ids, to)))
    assert not model.setData(model.index(2), "  ")
    assert model.setData(model.index(2), " New  name ")
    assert renamed == [("chat:1", "New name")]
    assert not model.flags(model.index(0)) & Qt.ItemFlag.ItemIsEnabled
    data = model.mimeData([model.index(2)])
    model.dropMimeData(data, Qt.DropAction.MoveAction, -1, -1, model.index(1))
    model.dropMimeData(data, Qt.DropAction.MoveAction, 0, 0, QModelIndex())
    assert [to for _ids, to in moved] == ["f1", ""]
    spoken = model.index(2).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "Poster, streaming, 0.013"
    assert model.index(1).data(Qt.ItemDataRole.AccessibleTextRole) == "Coast, folder, closed"
    assert model.index(2).data(ConversationListModel.ItemRole).streaming
