"""What a package needs is named in its recipe, and the recipe's tools work. Building is `make package`."""

from __future__ import annotations

import ast
import configparser
import importlib.util
import os
import pkgutil
import plistlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree as ET

import pytest
from PIL import Image
from PySide6.QtGui import QImage

import studio.panes
import studio.sandbox

ROOT = Path(__file__).parent.parent
PACKAGING = ROOT / "packaging"
SPEC = (PACKAGING / "nectary.spec").read_text(encoding="utf-8")


def tool(name: str) -> ModuleType:
    """A script of `packaging/`, which is no package."""
    spec = importlib.util.spec_from_file_location(f"packaging_{name}", PACKAGING / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def data_folders() -> Iterator[Path]:
    """Folders below `studio/` that hold files the program reads and no modules."""
    for path in (ROOT / "studio").rglob("*"):
        if not path.is_dir() or path.name in ("__pycache__", "_resources") or list(path.glob("*.py")):
            continue
        if any(child.is_file() for child in path.iterdir()):
            yield path


def test_rooms_found_while_running_are_named() -> None:
    """Panes and the sandbox are imported by name at run time, so the recipe collects them whole."""
    assert [m.name for m in pkgutil.iter_modules(studio.panes.__path__)]
    assert [m.name for m in pkgutil.iter_modules(studio.sandbox.__path__)]
    for room in ("studio.panes", "studio.sandbox", "keyring.backends"):
        assert f'collect_submodules("{room}")' in SPEC


def test_data_of_the_program_is_named() -> None:
    for folder in data_folders():
        parts = folder.relative_to(ROOT).parts
        assert f'ROOT / "{parts[0]}" / "{parts[1]}" / "{parts[2]}"' in SPEC, folder
    assert '(str(ROOT / "resources"), "studio/_resources")' in SPEC


def test_modules_imported_by_name_are_named() -> None:
    for path in (ROOT / "studio").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
                argument = node.args[0]
                if isinstance(argument, ast.Constant):
                    assert f'"{argument.value}"' in SPEC, argument.value


def test_versions_a_report_names_are_shipped() -> None:
    from studio.services.diagnostics import LIBRARIES

    for library in LIBRARIES:
        assert f'copy_metadata("{library}")' in SPEC


def test_nothing_is_stripped() -> None:
    """Stripped FFmpeg libraries do not load, and nothing says so."""
    assert "strip=True" not in SPEC
    assert SPEC.count("strip=False") == 2


def test_the_packer_is_locked_apart() -> None:
    package = (ROOT / "requirements" / "package.txt").read_text(encoding="utf-8")
    assert re.search(r"^pyinstaller==[\d.]+ \\\n    --hash=sha256:", package, re.MULTILINE)
    for other in ("dev", "runtime"):
        assert "pyinstaller" not in (ROOT / "requirements" / f"{other}.txt").read_text(encoding="utf-8")


def test_the_package_ships_what_the_program_is_tested_with() -> None:
    """Both locks agree on every library they share."""
    pattern = re.compile(r"^([a-z0-9-]+)(?:\[[\w,]+\])?==([^\s;]+)(.*?) \\$", re.MULTILINE)
    locks = [
        {(name, marker): version for name, version, marker in pattern.findall(text)}
        for text in (
            (ROOT / "requirements" / f"{kind}.txt").read_text(encoding="utf-8")
            for kind in ("runtime", "package")
        )
    ]
    assert len(locks[0]) > 20
    for library, version in locks[0].items():
        assert locks[1].get(library) == version, library


def test_the_menu_entry_starts_the_program() -> None:
    entry = configparser.ConfigParser(interpolation=None)
    entry.optionxform = str  # type: ignore[assignment,method-assign]
    entry.read(PACKAGING / "nectary.desktop", encoding="utf-8")
    desktop = entry["Desktop Entry"]
    assert desktop["Icon"] == desktop["TryExec"] == "nectary"
    assert desktop["Exec"] == "nectary %F"
    assert {"image/png", "video/mp4", "audio/mpeg"} < set(desktop["MimeType"].split(";"))
    assert desktop["Comment[de]"]
    application = (ROOT / "studio" / "app.py").read_text(encoding="utf-8")
    # Wayland finds the icon of a window by this name.
    assert 'setDesktopFileName("nectary")' in application


def test_the_metadata_is_filled_in() -> None:
    text = (PACKAGING / "nectary.metainfo.xml").read_text(encoding="utf-8")
    root = ET.fromstring(text)
    assert root.findtext("launchable") == "nectary.desktop"
    assert root.findtext("provides/binary") == "nectary"
    assert set(re.findall(r"@\w+@", text)) == {"@VERSION@", "@DATE@"}
    control = (PACKAGING / "control").read_text(encoding="utf-8")
    assert set(re.findall(r"@\w+@", control)) == {"@VERSION@", "@ARCHITECTURE@", "@SIZE@"}


@pytest.mark.parametrize("script", sorted(PACKAGING.rglob("*.sh")), ids=lambda path: path.name)
def test_scripts_can_be_read_by_the_shell(script: Path) -> None:
    subprocess.run(["bash", "-n", str(script)], check=True)


def test_the_icon_is_drawn_in_every_size(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(PACKAGING / "icon.py"), str(tmp_path)], check=True, cwd=tmp_path)
    drawn = {int(path.parts[-3].split("x")[0]): QImage(str(path)) for path in tmp_path.rglob("nectary.png")}
    assert set(drawn) == {16, 24, 32, 48, 64, 96, 128, 256, 512}
    for side, image in drawn.items():
        assert (image.width(), image.height()) == (side, side)
        assert image.pixelColor(0, 0).alpha() == 0, "the corners are round"
        assert image.pixelColor(side // 2, side // 2).alpha() == 255
    vector = ET.parse(tmp_path / "hicolor" / "scalable" / "apps" / "nectary.svg").getroot()
    assert vector.get("viewBox") == "0 0 256 256"
    with Image.open(tmp_path / "nectary.ico") as ico:
        assert (16, 16) in ico.info["sizes"]
        assert (256, 256) in ico.info["sizes"]
    with Image.open(tmp_path / "nectary.icns") as icns:
        assert (512, 512, 2) in icns.info["sizes"]


def test_the_licences_of_what_is_carried_are_gathered(tmp_path: Path) -> None:
    licences = tool("licences")
    lock = ROOT / "requirements" / "runtime.txt"
    (tmp_path / "toc").write_text(repr(([("libz.so.1", "/lib/x86_64-linux-gnu/libz.so.1", "BINARY")],)))
    assert licences.main(lock, tmp_path / "toc", tmp_path / "licences") == 0
    text = (tmp_path / "licences" / "README.txt").read_text(encoding="utf-8")
    for name in ("Nectary", "Python 3", "Qt ", "FFmpeg beside PyAV", "httpx ", "numpy ", "pillow ", "Inter"):
        assert f"\n{name}" in text, name
    assert "UNKNOWN" not in text
    assert (tmp_path / "licences" / "Nectary.txt").read_text(encoding="utf-8").startswith("   ")
    assert list((tmp_path / "licences" / "httpx").iterdir())
    assert (tmp_path / "licences" / "resources" / "fonts" / "OFL.txt").exists()
    assert not list((tmp_path / "licences").rglob("*.otf"))


def test_other_systems_have_recipes_that_can_be_read() -> None:
    for name in ("Info.plist", "entitlements.plist"):
        assert plistlib.loads((PACKAGING / "macos" / name).read_bytes())
    assert 'packaging" / "macos" / "Info.plist"' in SPEC
    told = (PACKAGING / "README.md").read_text(encoding="utf-8")
    for recipe in ("appimage/build.sh", "windows/nectary.iss", "windows/build.ps1", "macos/build.sh"):
        assert (PACKAGING / recipe).exists()
        assert f"`{recipe}`" in told


class TestSmoke:
    """The smoke test refuses a program that does not work."""

    def executable(self, folder: Path, script: str) -> Path:
        path = folder / "nectary"
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)
        return path

    def test_a_program_that_ends_badly(self, tmp_path: Path) -> None:
        smoke = tool("smoke")
        with pytest.raises(SystemExit, match="ended with 3: no display"):
            smoke.run(self.executable(tmp_path, "echo no display; exit 3"), [], tmp_path)

    def test_another_version(self, tmp_path: Path) -> None:
        smoke = tool("smoke")
        with pytest.raises(SystemExit, match=r"--version said 'Nectary 0\.0\.0'"):
            smoke.main(self.executable(tmp_path, "echo Nectary 0.0.0"))

    def test_a_check_that_complains_or_plays_nothing(self, tmp_path: Path) -> None:
        smoke = tool("smoke")
        with pytest.raises(SystemExit, match=r"it complained: .*lost a reference"):
            smoke.self_check(self.executable(tmp_path, "echo lost a reference >&2; echo '{}'"), tmp_path)
        harmless = self.executable(tmp_path, f"echo 'Qt: {smoke.HARMLESS[0]}' >&2; echo '{{}}'")
        assert smoke.self_check(harmless, tmp_path) == {}
        good = {
            "sound_seconds": 1.0, "film_played": True, "sound_device": False, "sound_played": False,
            "formula": True, "colours": True,
        }  # fmt: skip
        assert "no sound device" in smoke.check_media(good)
        with pytest.raises(SystemExit, match="film was not played"):
            smoke.check_media(good | {"film_played": False})
        with pytest.raises(SystemExit, match="sound was not played"):
            smoke.check_media(good | {"sound_device": True})

    def test_nothing_of_this_environment_reaches_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        smoke = tool("smoke")
        monkeypatch.setenv("PYTHONPATH", str(ROOT))
        monkeypatch.setenv("POLLINATIONS_API_KEY", "sk_mine_000000")
        done = smoke.run(self.executable(tmp_path, "env"), [], tmp_path)
        assert "PYTHONPATH" not in done.stdout
        assert "sk_mine" not in done.stdout
        assert f"HOME={tmp_path}" in done.stdout
        assert "PYTHONPATH" in os.environ
