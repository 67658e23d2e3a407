"""Pictures: the promised size and format, the same bytes each time, edits that keep the composition."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from studio.sandbox.make.art.catalogue import scene_for
from studio.sandbox.make.art.scene import Scene
from studio.sandbox.make.pictures import picture

SCENES = (
    "mountain dusk",
    "mountain lake",
    "lighthouse sea boat",
    "desert dune",
    "forest deer",
    "city night",
    "balloon",
    "still life vase",
    "flower",
    "portrait",
    "space rocket",
    "rain window",
    "cat",
)


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def pixels(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("RGB")).astype(float)


@pytest.mark.parametrize("prompt", SCENES)
def test_every_scene_is_a_varied_picture_and_repeats_exactly(prompt: str) -> None:
    data = picture(prompt, 5, 96, 64)
    assert data == picture(prompt, 5, 96, 64)
    image = opened(data)
    assert (image.format, image.size) == ("JPEG", (96, 64))
    assert pixels(image).std() > 10
    assert picture(prompt, 6, 96, 64) != data


def test_prompts_choose_the_scene_and_its_colours() -> None:
    def mean(prompt: str) -> np.ndarray:
        return np.mean([pixels(opened(picture(prompt, seed, 48, 48))) for seed in range(4)], axis=(0, 1, 2))

    red, _, blue = mean("mountains at dusk")
    assert red > blue
    assert mean("mountains at night").sum() < mean("mountains in winter snow").sum()


@pytest.mark.parametrize("size", [(16, 16), (33, 17), (400, 16), (16, 400), (1600, 90)])
def test_any_size_is_kept(size: tuple[int, int]) -> None:
    assert opened(picture("lighthouse", 1, *size)).size == size


@pytest.mark.parametrize("size", [(15, 64), (64, 4097), (0, 0)])
def test_sizes_out_of_range_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="16 to 4096"):
        picture("cat", 1, *size)


@pytest.mark.parametrize(("kind", "name"), [("jpeg", "JPEG"), ("png", "PNG"), ("webp", "WEBP")])
def test_formats(kind: str, name: str) -> None:
    image = opened(picture("cat", 1, 64, 48, kind=kind))
    assert (image.format, image.size) == (name, (64, 48))


@pytest.mark.parametrize("kind", ["png", "webp"])
def test_transparent_pictures_leave_the_sky_out(kind: str) -> None:
    image = opened(picture("cat", 1, 64, 64, kind=kind, transparent=True))
    alpha = np.asarray(image.getchannel("A"))
    assert alpha[2, 2] < 40
    assert alpha[-3, 32] == 255


def test_a_transparent_jpeg_is_laid_on_white() -> None:
    image = opened(picture("portrait", 1, 64, 64, kind="jpeg", transparent=True))
    assert min(image.getpixel((1, 1))) > 225


def test_svg_is_vectors_without_scripts() -> None:
    data = picture('lighthouse <script>&"', 3, 300, 200, kind="svg")
    root = ET.fromstring(data)
    names = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert {"path", "linearGradient", "title"} <= names
    assert not names & {"script", "image", "foreignObject"}
    assert (root.get("width"), root.get("height")) == ("300", "200")
    assert root.findtext("{http://www.w3.org/2000/svg}title") == 'lighthouse <script>&"'
    assert len(list(root.iter("{http://www.w3.org/2000/svg}path"))) > 20


def test_an_edit_keeps_size_and_composition_but_changes_the_colours() -> None:
    base = picture("mountain dusk", 1, 120, 80)
    data = picture("make it winter", 2, 120, 80, references=[base])
    assert data == picture("make it winter", 2, 120, 80, references=[base])
    image = opened(data)
    assert image.size == (120, 80)
    before, after = pixels(opened(base)), pixels(image)
    assert np.abs(before - after).mean() > 12
    kept = np.corrcoef(before[:56].mean(axis=2).ravel(), after[:56].mean(axis=2).ravel())[0, 1]
    assert kept > 0.6


def test_a_second_reference_lends_its_colours() -> None:
    base = picture("mountain", 1, 64, 64)
    green = io.BytesIO()
    Image.new("RGB", (32, 32), (10, 200, 40)).save(green, "PNG")
    image = opened(picture("again", 1, 64, 64, references=[base, green.getvalue()]))
    red, lime, blue = pixels(image).mean(axis=(0, 1))
    assert lime > red
    assert lime > blue


def test_an_edit_as_svg_holds_the_picture_under_the_drawing() -> None:
    base = picture("sea", 1, 64, 64, kind="png")
    root = ET.fromstring(picture("a lighthouse", 1, 64, 64, kind="svg", references=[base]))
    assert root.find("{http://www.w3.org/2000/svg}image") is not None


def test_an_edit_keeps_transparency() -> None:
    base = picture("cat", 1, 64, 64, kind="png", transparent=True)
    assert opened(picture("portrait", 1, 64, 64, kind="png", references=[base])).mode == "RGBA"


def test_a_reference_that_is_no_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="not a picture"):
        picture("cat", 1, 64, 64, references=[b"nonsense"])


@pytest.mark.parametrize("aspect", [0.2, 1.0, 5.0])
def test_scenes_are_finite_and_reach_past_the_frame(aspect: float) -> None:
    for prompt in SCENES:
        check_scene(scene_for(prompt, 2, aspect))


def check_scene(scene: Scene) -> None:
    for layer in scene.layers:
        for shape in layer.shapes:
            assert all(np.isfinite(ring).all() and ring.shape[1] == 2 for ring in shape.rings)
            assert all(0 <= stop.alpha <= 1 for stop in shape.fill.stops)
    back = np.concatenate(scene.layers[0].shapes[0].rings)
    assert back[:, 0].min() < 0
    assert back[:, 0].max() > scene.aspect
