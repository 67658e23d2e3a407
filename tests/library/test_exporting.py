"""Copies for the world outside: original, converted, smaller, clean, in a folder or an archive."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from studio.core.errors import StorageError
from studio.domain.asset import Asset
from studio.domain.export import ExportOptions
from studio.domain.media import MediaKind
from studio.library.exporting import copy_of, export_to_folder, export_to_zip
from studio.library.metadata.embed import embed, read_embedded
from tests.library.makers import START, encoded


def made(
    folder: Path, name: str = "boat.png", *, mode: str = "RGB", size: tuple[int, int] = (64, 32)
) -> tuple[Asset, Path]:
    path = folder / name
    asset = Asset(
        id=name, kind=MediaKind.IMAGE, path=name, mime="image/png", size=1, sha256="", created_at=START,
        width=size[0], height=size[1], prompt="a boat at dusk",
    )  # fmt: skip
    data = embed(encoded("PNG", mode=mode, size=size), asset)
    assert data is not None
    path.write_bytes(data)
    path.with_name(f"{name}.json").write_text("{}")
    return asset, path


def test_an_original_is_the_same_to_the_byte(tmp_path: Path) -> None:
    asset, path = made(tmp_path)
    assert copy_of(asset, path, ExportOptions()) == (path.read_bytes(), ".png")


def test_an_original_tells_the_rating_of_now(tmp_path: Path) -> None:
    asset, path = made(tmp_path)
    edited = replace(asset, rating=4, tags=("sea",))
    data, _ = copy_of(edited, path, ExportOptions())
    own = read_embedded(data, asset.mime).own
    assert own is not None
    assert (own["rating"], own["tags"]) == (4, ["sea"])
    assert b"<xmp:Rating>4<" in data or b'xmp:Rating="4"' in data
    assert data.count(b"trainedAlgorithmicMedia") == path.read_bytes().count(b"trainedAlgorithmicMedia")
    with Image.open(io.BytesIO(data)) as one, Image.open(path) as other:
        assert one.tobytes() == other.tobytes()


@pytest.mark.parametrize("form", ["png", "jpeg", "webp"])
def test_a_converted_picture_keeps_its_parameters(form: str, tmp_path: Path) -> None:
    asset, path = made(tmp_path, mode="RGBA", size=(64, 32))
    data, ending = copy_of(asset, path, ExportOptions(format=form, longest_side=16))  # pyright: ignore[reportArgumentType]
    mime = f"image/{form}"
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.size == (16, 8)
        assert picture.get_format_mimetype() == mime
    assert ending == {"png": ".png", "jpeg": ".jpg", "webp": ".webp"}[form]
    own = read_embedded(data, mime).own
    assert own is not None
    assert own["prompt"] == "a boat at dusk"
    clean, _ = copy_of(asset, path, ExportOptions(format=form, parameters=False))  # pyright: ignore[reportArgumentType]
    assert b"boat" not in clean


def test_a_clean_original_keeps_its_pixels(tmp_path: Path) -> None:
    asset, path = made(tmp_path)
    data, _ = copy_of(asset, path, ExportOptions(parameters=False))
    assert b"boat" not in data
    with Image.open(io.BytesIO(data)) as one, Image.open(path) as two:
        assert one.tobytes() == two.tobytes()


def test_nothing_is_overwritten_and_one_bad_file_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "boat.png").write_bytes(b"mine")
    good = made(tmp_path)
    bad = made(tmp_path, "torn.png")
    bad[1].write_bytes(b"\x89PNG\r\n\x1a\ntorn")
    gone = made(tmp_path, "gone.png")
    gone[1].unlink()
    steps: list[int] = []
    done = export_to_folder(
        [good, bad, gone, good], tmp_path / "out", ExportOptions(format="webp", sidecar=True), steps.append
    )
    assert [path.name for path in done.written] == ["boat.webp", "boat (2).webp"]
    assert [name for name, _ in done.refused] == ["torn.png", "gone.png"]
    assert steps == [1, 2, 3, 4]
    assert (tmp_path / "out" / "boat.png").read_bytes() == b"mine"
    assert (tmp_path / "out" / "boat (2).webp.json").read_text() == "{}"


def test_an_archive_holds_each_once(tmp_path: Path) -> None:
    good = made(tmp_path)
    target = tmp_path / "boats.zip"
    done = export_to_zip([good, good], target, ExportOptions(sidecar=True))
    assert done.written == (target,)
    with zipfile.ZipFile(target) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["boat.png", "boat.png.json", "boat (2).png", "boat (2).png.json"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["boat.png", "boat.png.json", "boats.zip"]


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        export_to_folder([made(tmp_path)], tmp_path / "file" / "in", ExportOptions())
    with pytest.raises(StorageError):
        export_to_zip([made(tmp_path)], tmp_path / "file" / "a.zip", ExportOptions())


def test_sounds_are_copied_whatever_is_asked(tmp_path: Path) -> None:
    path = tmp_path / "song.mp3"
    path.write_bytes(b"ID3 song")
    song = Asset(
        id="s", kind=MediaKind.MUSIC, path="song.mp3", mime="audio/mpeg", size=8, sha256="", created_at=START
    )
    assert copy_of(song, path, ExportOptions(format="jpeg", longest_side=10)) == (b"ID3 song", ".mp3")


def a_film(folder: Path, **changes: object) -> tuple[Asset, Path, bytes]:
    from tests.library.metadata.test_containers import asset, made, packets

    path = folder / "film.mp4"
    path.write_bytes(made("mp4"))
    value = replace(asset(), path="film.mp4", **changes)  # pyright: ignore[reportArgumentType]
    return value, path, b"".join(packet for *_, packet in packets(path.read_bytes()))


def test_a_film_tells_what_is_known_now_or_nothing_and_plays_on(tmp_path: Path) -> None:
    from tests.library.metadata.test_containers import packets

    value, path, sound = a_film(tmp_path)
    value = replace(value, provenance=replace(value.provenance, job_id="job"))
    path.write_bytes(embed(path.read_bytes(), value) or b"")
    rated, _ = copy_of(replace(value, rating=5), path, ExportOptions())
    own = read_embedded(rated, value.mime).own
    assert own is not None
    assert own["rating"] == 5
    clean, ending = copy_of(value, path, ExportOptions(parameters=False))
    assert ending == ".mp4"
    assert b"lighthouse" not in clean
    for data in (rated, clean):
        assert b"".join(packet for *_, packet in packets(data)) == sound


def test_a_film_that_was_made_before_tells_in_its_copy(tmp_path: Path) -> None:
    value, path, _ = a_film(tmp_path)
    assert copy_of(value, path, ExportOptions())[0] == path.read_bytes(), "a stranger's film stays as it is"
    value = replace(value, provenance=replace(value.provenance, job_id="job"))
    own = read_embedded(copy_of(value, path, ExportOptions())[0], value.mime).own
    assert own is not None
    assert own["prompt"] == "a lighthouse"


def test_names_by_a_template(tmp_path: Path) -> None:
    sources = [made(tmp_path, f"boat{number}.png") for number in range(3)]
    out = tmp_path / "out"
    out.mkdir()
    done = export_to_folder(sources, out, ExportOptions(names="{n} {prompt} from {name}"))
    assert [path.name for path in done.written] == [
        "001 a-boat-at-dusk from boat0.png",
        "002 a-boat-at-dusk from boat1.png",
        "003 a-boat-at-dusk from boat2.png",
    ]
    done = export_to_folder(sources, out, ExportOptions(names="{kind}"))
    assert [path.name for path in done.written] == ["image.png", "image (2).png", "image (3).png"]
    done = export_to_folder(sources, out, ExportOptions(names="../../{name}/CON"))
    assert all(path.parent == out for path in done.written), "a template leads nowhere else"
    export_to_zip(sources, tmp_path / "all.zip", ExportOptions(names="same"))
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        assert archive.namelist() == ["same.png", "same (2).png", "same (3).png"]
