"""A list becomes another one in steps; what stays is never touched."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication

from studio.qt_models.keyed_list import KeyedListModel

ITEMS = st.lists(st.tuples(st.integers(0, 9), st.sampled_from("xyz")), max_size=14)


def keyed() -> KeyedListModel[tuple[int, str]]:
    return KeyedListModel(lambda item: item[0])


@given(st.lists(ITEMS, min_size=1, max_size=5))
def test_every_step_is_one_that_a_view_can_follow(
    qapp: QApplication, states: list[list[tuple[int, str]]]
) -> None:
    model = keyed()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    resets: list[int] = []
    model.modelReset.connect(lambda: resets.append(1))
    for state in states:
        model.show(state)
        assert list(model.items) == state
        assert model.rowCount() == len(state)
    assert resets == []
    tester.deleteLater()


@given(st.permutations(range(8)), st.sets(st.integers(0, 7)), st.sets(st.integers(8, 12)))
def test_what_stays_keeps_its_index(
    qapp: QApplication, order: list[int], gone: set[int], come: set[int]
) -> None:
    model = keyed()
    model.show([(key, "") for key in range(8)])
    kept = {key: QPersistentModelIndex(model.index(key)) for key in range(8)}
    after = [*come, *(key for key in order if key not in gone)]
    model.show([(key, "new") for key in after])
    for key, index in kept.items():
        assert (index.row() if index.isValid() else -1) == (after.index(key) if key in after else -1)


def test_only_rows_that_differ_are_told(qapp: QApplication) -> None:
    model = keyed()
    model.show([(key, "x") for key in range(6)])
    told: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda first, last: told.append((first.row(), last.row())))
    model.show([(key, "y" if key in (1, 2, 5) else "x") for key in range(6)])
    assert told == [(1, 2), (5, 5)]
    assert model.row_of(4) == 4
    assert model.row_of(40) == -1
    assert model.data(model.index(5), KeyedListModel.ItemRole) == (5, "y")
    assert model.data(model.index(7, 0), Qt.ItemDataRole.DisplayRole) is None
