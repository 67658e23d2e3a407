from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from studio.domain.schema_form import ASSET, defaults_of, parse_form, read_input
from studio.services.job_logs import JobLog
from studio.ui.job_log import JobLogView
from studio.ui.schema_form import FilesField, SchemaFormView
from studio.ui.widgets.buttons import IconButton
from studio.ui.widgets.choice import Segmented, Switch
from studio.ui.widgets.fields import PromptEdit, TextField
from studio.ui.widgets.numbers import DecimalField, NumberField
from studio.ui.widgets.select import Select
from tests.shell.support import make_window

FORM = parse_form(
    {
        "type": "object",
        "required": ["prompt", "image"],
        "properties": {
            "prompt": {"type": "string", "description": "What it shows."},
            "title": {"type": "string"},
            "steps": {"type": "integer", "minimum": 1, "maximum": 50, "default": 25},
            "huge": {"type": "integer", "default": 5_000_000_000},
            "scale": {"type": "number", "minimum": 0, "maximum": 1, "default": 0.0001},
            "seed": {"type": "integer"},
            "size": {"enum": [256, 512], "default": 512},
            "mode": {"enum": ["one", "two", "three", "four", "five"]},
            "upscale": {"type": "boolean", "default": True},
            "image": {"type": "string", "format": "uri"},
            "more": {"type": "array", "items": {"type": "string", "format": "uri"}},
            "tuning": {"type": "object", "properties": {}, "default": {"a": 1}},
        },
    }
)


@pytest.fixture
def window(qapp: QApplication) -> Iterator[QWidget]:
    window = make_window(qapp)
    yield window
    window.close()
    window.deleteLater()


def shown(window: QWidget, values: dict[str, Any] | None = None) -> SchemaFormView:
    view = SchemaFormView(window)
    view.show_form(FORM, defaults_of(FORM) | (values or {}))
    view.show()
    return view


def test_each_field_has_its_control(window: QWidget) -> None:
    kinds = {name: type(row.control) for name, row in shown(window).rows.items()}
    assert kinds == {
        "prompt": PromptEdit, "title": TextField, "steps": NumberField, "huge": TextField,
        "scale": DecimalField, "seed": TextField, "size": Segmented, "mode": Select, "upscale": Switch,
        "image": FilesField, "more": FilesField, "tuning": PromptEdit,
    }  # fmt: skip


def test_an_untouched_form_sends_its_defaults(window: QWidget) -> None:
    view = shown(window, {"prompt": "a heron", "image": "https://a.example/1.png"})
    sent, problems = read_input(FORM, view.values())
    assert not problems
    assert sent == {
        "prompt": "a heron", "steps": 25, "huge": 5_000_000_000, "scale": 0.0001, "size": 512,
        "upscale": True, "image": "https://a.example/1.png", "tuning": {"a": 1},
    }  # fmt: skip


def test_typing_tells_and_checks(window: QWidget) -> None:
    view = shown(window)
    told: list[int] = []
    view.edited.connect(lambda: told.append(1))
    view.rows["tuning"].control.set_text("{")  # type: ignore[attr-defined]
    assert view.rows["tuning"].problem.startswith("Not JSON")
    QTest.keyClicks(view.rows["seed"].control, "x1")
    assert view.rows["seed"].problem == "This is not a number."
    assert len(told) == 3
    problems = read_input(FORM, view.values())[1]
    assert set(problems) == {"prompt", "image", "tuning", "seed"}
    view.show_problems(problems)
    assert view.rows["prompt"].problem == "Prompt is needed."
    assert view.rows["title"].problem == ""
    assert view.window().focusWidget() is view.rows["prompt"].control.focusProxy()
    view.set_values({"tuning": '{"b": 2}'}, {})
    assert view.rows["tuning"].problem == ""
    assert len(told) == 3


def test_files_are_typed_chosen_dropped_and_removed(window: QWidget) -> None:
    view = shown(window)
    several, one = view.rows["more"].control, view.rows["image"].control
    assert isinstance(several, FilesField)
    assert isinstance(one, FilesField)
    wanted: list[Any] = []
    view.choose.connect(wanted.append)
    view.dropped.connect(lambda name, paths: wanted.append((name, paths)))
    QTest.mouseClick(one.button, Qt.MouseButton.LeftButton)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/tmp/a.png")])
    several.dropEvent(
        QDropEvent(QPointF(QPoint(2, 2)), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
                   Qt.KeyboardModifier.NoModifier)
    )  # fmt: skip
    assert wanted == ["image", ("more", ["/tmp/a.png"])]
    view.add_files("image", {f"{ASSET}1": "one.png"})
    view.add_files("image", {f"{ASSET}2": "two.png"})
    assert view.values()["image"] == f"{ASSET}2"
    several.address.setText("https://a.example/1.png")
    QTest.keyClick(several.address, Qt.Key.Key_Return)
    several.address.setText("https://a.example/2.png")
    assert view.values()["more"] == ["https://a.example/1.png", "https://a.example/2.png"]
    remove = next(b for b in several.findChildren(IconButton) if b.accessibleName().startswith("Remove"))
    QTest.mouseClick(remove, Qt.MouseButton.LeftButton)
    assert view.values()["more"] == ["https://a.example/2.png"]


def test_a_log_is_one_line_and_unfolds(window: QWidget) -> None:
    view = JobLogView(window)
    view.show_log(None, running=True)
    assert view.isHidden()
    view.show_log(JobLog("processing", 1, "10%\n20%"), running=True)
    assert not view.isHidden()
    assert view._words.text == "The model works on it. Place 1 in the service's queue. 20%"
    assert view.text == ""
    view.fold.setChecked(True)
    assert view.text == "10%\n20%"
    view.show_log(JobLog("success", None, "10%\n20%\ndone"), running=False)
    assert view.text.endswith("done")
    assert view._words.isHidden()
