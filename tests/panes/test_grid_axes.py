"""What the sides of a grid may vary, and how their values are entered."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication

from studio.domain.grid import Axis, Grid
from studio.domain.media import MediaInput
from studio.domain.models import ModelInfo
from studio.panes.create.axis_editor import AxisEditor, CheckList
from studio.panes.create.form import Form
from studio.panes.create.grid_axes import Filled, Offer, axis_of, filled_of, offers_of, usual
from studio.panes.create.grid_map import GridMap, MapCell
from studio.services.prompt_book import Style

FLUX = ModelInfo(name="flux", title="Flux", category="image")
GPT = ModelInfo(
    name="gptimage", title="GPT Image", category="image", input_modalities=("text", "image"),
    supported_endpoints=("/image/{prompt}", "/v1/images/edits"), supported_parameters=("guidance_scale",),
)  # fmt: skip
FILM = ModelInfo(
    name="veo", title="Veo", category="video", allowed_durations=(4.0, 6.0), resolutions=("720p", "1080p"),
    video_capabilities=("start_frame",), supported_endpoints=("/video/{prompt}",),
)  # fmt: skip
FORM = Form(prompt="a {red|blue} boat", model="flux", seed=7)


def offers(form: Form = FORM, *models: ModelInfo) -> dict[str, Offer]:
    found = offers_of(form, models or (FLUX, GPT), [Style("Ink", "ink of {prompt}")], {})
    return {offer.parameter: offer for offer in found}


def test_what_no_model_takes_is_not_offered() -> None:
    assert {"model", "seed", "size", "choice:0", "replace", "prompt", "style", "quality", "safe"} <= set(
        offers()
    )
    assert "quality" not in offers(FORM, FLUX)
    assert "duration" not in offers()
    films = offers(Form(kind="video", model="veo", start_frame=(MediaInput(asset_id="a"),)), FILM)
    assert {"duration", "resolution", "aspectRatio", "start_frame"} <= set(films)
    assert "size" not in films
    assert films["duration"].text == "4, 6"
    files = offers(FORM._replace(image=(MediaInput(asset_id="a"), MediaInput(asset_id="b"))))
    assert [choice.value for choice in files["image"].choices] == [0, 1, 2, -1]
    assert files["edits"].chosen == (False, True)


@pytest.mark.parametrize("parameter", sorted(offers()))
def test_every_side_can_be_entered_kept_and_changed(parameter: str) -> None:
    offer = offers()[parameter]
    filled = usual(offer)
    if offer.editor == "lines":
        filled = Filled(text="dawn\ndusk", find="boat", also=bool(offer.also))
    elif not filled.text and not filled.chosen:
        filled = Filled(text="1-3")
    axis = axis_of(offer, filled, FORM)
    assert axis.values
    assert all(axis.label(number) is not None for number in range(len(axis.values)))
    assert axis_of(offer, filled_of(offer, axis), FORM).values == axis.values


def test_what_is_missing_is_said() -> None:
    found = offers()
    for parameter, filled, words in (
        ("model", Filled(), "Choose at least one value."),
        ("replace", Filled(text="x"), "Say which words are replaced."),
        ("size", Filled(text="large"), "“large” is no size. Write 1024x768 or 16:9."),
        ("prompt", Filled(text="\n".join(map(str, range(30)))), "These are more than 24 values."),
    ):
        with pytest.raises(ValueError, match=r"\.$") as refused:
            axis_of(found[parameter], filled, FORM)
        assert str(refused.value) == words


def test_ratios_become_sides_and_words_stay_as_they_are() -> None:
    axis = axis_of(offers()["size"], Filled(text="1:1, 16:9, 512x512"), FORM)
    assert axis.values == ("1024x1024", "1360x768", "512x512")
    assert axis.label(1) == "16:9 · 1360 × 768"
    axis = axis_of(offers()["replace"], Filled(text="ship\nraft", find="boat", also=True), FORM)
    assert (axis.values, axis.find) == (("boat", "ship", "raft"), "boat")
    axis = axis_of(offers()["negative_prompt"], Filled(text="fog", also=True), FORM)
    assert axis.values == ("", "fog")


def test_an_editor_remembers_what_was_entered(qapp: QApplication) -> None:
    editor = AxisEditor("Columns", list(offers().values()), FORM, optional=True)
    assert editor.axis() is None
    editor.show_parameter("seed")
    assert editor._field is not None
    editor._field.setText("3-5")
    editor.show_parameter("model")
    axis = editor.axis()
    assert axis is not None
    assert axis.values == ("flux",)
    editor.show_parameter("seed")
    axis = editor.axis()
    assert axis is not None
    assert axis.values == (3, 4, 5)
    editor.show_axis(Axis(parameter="gone", values=(1,)))
    assert editor.parameter == "seed"
    editor._field.setText("x")
    with pytest.raises(ValueError, match="no number"):
        editor.axis()
    editor.deleteLater()


def test_a_long_list_is_searched_and_what_is_on_stays_in_sight(qapp: QApplication) -> None:
    models = [ModelInfo(name=f"m{n}", title=f"Model {n}", category="image") for n in range(12)]
    offer = offers(FORM._replace(model="m5"), *models)["model"]
    listed = CheckList(offer.title, offer.choices, offer.chosen)
    assert listed.rows[0][0].value == "m5"
    listed.search.setText("model 11")
    shown = [choice.value for choice, _box, row in listed.rows if not row.isHidden()]
    assert shown == ["m5", "m11"]
    listed.deleteLater()


def test_the_map_tells_what_happens_to_a_cell(qapp: QApplication) -> None:
    grid = Grid(id="g", x=Axis(parameter="seed", values=(1, 2, 3)))
    shown = GridMap()
    assert shown.words_at(QPoint(1, 1)) == ""
    shown.show_cells(grid, [MapCell(), MapCell(at_hand=True), MapCell(problem="No")])
    side = shown._side()
    assert [shown.words_at(QPoint(n * side + 2, 2)) for n in range(4)] == [
        "1: Is made", "2: In the library already", "3: No", "",
    ]  # fmt: skip
    assert not shown.grab().isNull()
    shown.deleteLater()
