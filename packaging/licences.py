"""Writes the licences of everything a built program carries: Python libraries, Qt, FFmpeg, system libraries.

    python packaging/licences.py REQUIREMENTS TOC TARGET

REQUIREMENTS is the lock of what the program needs; the libraries among it that are installed are those that
ship. TOC is PyInstaller's list of collected files: those that came from the system belong to Debian packages,
and their copyright files are taken from there. TARGET becomes a folder with README.txt, which names each part
and its licence, and a folder per part.
"""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import sysconfig
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMON = Path("/usr/share/common-licenses")
# What wheels carry inside, and do not say themselves.
INSIDE = (
    ("Qt", "LGPL-3.0-only", "in PySide6; https://code.qt.io"),
    ("FFmpeg beside Qt", "LGPL-2.1-or-later", "libavcodec.so.61 and its kin in PySide6; https://ffmpeg.org"),
    (
        "FFmpeg beside PyAV",
        "LGPL-3.0-or-later",
        "in av.libs; together with x264 and x265 GPL; https://ffmpeg.org",
    ),
    ("x264, x265", "GPL-2.0-or-later", "in av.libs; https://www.videolan.org, https://www.x265.org"),
    ("ICU", "Unicode-3.0", "in PySide6; https://icu.unicode.org"),
    ("OpenBLAS", "BSD-3-Clause", "in numpy.libs; https://www.openblas.net"),
    ("Inter", "OFL-1.1", "the font; resources/fonts"),
    ("Phosphor icons", "MIT", "resources/icons"),
    (
        "PyInstaller's boot loader",
        "GPL-2.0-or-later with an exception",
        "the executable; https://pyinstaller.org",
    ),
)
LICENCE_FILES = re.compile(r"(licen[cs]e|copying|copyright|notice|authors|^OFL)", re.IGNORECASE)
SAID = re.compile(r"License :: (?:OSI Approved :: )?(.+)")


def main(requirements: Path, toc: Path, target: Path) -> int:
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    rows = [("Nectary", "GPL-3.0-or-later", "")]
    shutil.copyfile(ROOT / "LICENSE", target / "Nectary.txt")
    rows += [python(target), *INSIDE, *libraries(requirements, target), *system(toc, target)]
    shutil.copytree(ROOT / "resources", target / "resources", ignore=only_licences)
    common_licences(target)
    wide = max(len(name) for name, _licence, _note in rows) + 2
    text = "What Nectary's packages carry, and under which licence. The texts lie beside this file.\n\n"
    text += "".join(
        f"{name:{wide}}{licence}{f'  ({note})' if note else ''}\n" for name, licence, note in rows
    )
    (target / "README.txt").write_text(text, encoding="utf-8")
    return 0


def python(target: Path) -> tuple[str, str, str]:
    """Python itself and its standard library."""
    kept = Path(sysconfig.get_path("stdlib")) / "LICENSE.txt"
    debian = Path(f"/usr/share/doc/python{sys.version_info[0]}.{sys.version_info[1]}/copyright")
    source = next((path for path in (kept, debian) if path.exists()), None)
    if source is not None:
        shutil.copyfile(source, target / "Python.txt")
    return (f"Python {sys.version.split()[0]}", "PSF-2.0", "https://python.org")


def libraries(requirements: Path, target: Path) -> list[tuple[str, str, str]]:
    """The Python libraries of the lock that are installed here."""
    names = re.findall(
        r"^([A-Za-z0-9_.-]+)(?:\[[^]]*\])?==", requirements.read_text(encoding="utf-8"), re.MULTILINE
    )
    rows: list[tuple[str, str, str]] = []
    for name in sorted(set(names)):
        try:
            found = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # for another system or another Python
        rows.append((f"{found.metadata['Name']} {found.version}", licence_of(found), homepage(found)))
        for file in found.files or ():
            inside = str(file).partition(".dist-info/")[2]
            if inside and LICENCE_FILES.search(inside) and "__pycache__" not in inside:
                copy = target / found.metadata["Name"] / Path(inside).name
                copy.parent.mkdir(exist_ok=True)
                shutil.copyfile(str(file.locate()), copy)
    return rows


def licence_of(found: metadata.Distribution) -> str:
    """What a library's metadata says in its newest way of saying it."""
    told = found.metadata
    said = told.get("License-Expression") or ""
    older = (told.get("License") or "").strip()
    if not said and older not in ("", "UNKNOWN") and "\n" not in older:
        said = older
    classifiers = [match[1] for line in told.get_all("Classifier") or () if (match := SAID.match(line))]
    return said or ", ".join(classifiers) or "see its files"


def homepage(found: metadata.Distribution) -> str:
    told = found.metadata
    links = dict(line.lower().split(", ", 1) for line in told.get_all("Project-URL") or ())
    named = (
        links[label]
        for label in ("homepage", "source", "source code", "repository", "github")
        if label in links
    )
    return told.get("Home-page") or next(named, next(iter(links.values()), ""))


def system(toc: Path, target: Path) -> list[tuple[str, str, str]]:
    """The libraries that came from this Debian system, by package."""
    if shutil.which("dpkg-query") is None:
        return []
    entries = ast.literal_eval(toc.read_text(encoding="utf-8"))
    files = sorted({source for part in entries if isinstance(part, list) for _name, source, _kind in part})
    # Packages know their files with or without /usr, as they were made.
    of_system = [path for path in files if path.startswith(("/usr/lib/", "/lib/"))]
    ways = [way for path in of_system for way in (path, path.removeprefix("/usr"), f"/usr{path}")]
    told = subprocess.run(["dpkg-query", "-S", *ways], capture_output=True, text=True, check=False).stdout
    packages = sorted({line.partition(":")[0] for line in told.splitlines()})
    for package in packages:
        copyright_file = Path("/usr/share/doc") / package / "copyright"
        if copyright_file.exists():
            (target / "debian").mkdir(exist_ok=True)
            shutil.copyfile(copyright_file, target / "debian" / f"{package}.txt")
    return [(f"Debian's {package}", "see its file", f"debian/{package}.txt") for package in packages]


def common_licences(target: Path) -> None:
    """The long texts that Debian's copyright files refer to by their place."""
    named: set[str] = set()
    for file in target.glob("debian/*.txt"):
        text = file.read_text(encoding="utf-8", errors="replace")
        named |= set(re.findall(r"/usr/share/common-licenses/([A-Za-z0-9.-]*[A-Za-z0-9])", text))
    for name in sorted({*named, "LGPL-3", "GPL-2", "LGPL-2.1"}):
        if (COMMON / name).is_file():
            (target / "common-licenses").mkdir(exist_ok=True)
            shutil.copyfile(COMMON / name, target / "common-licenses" / name)


def only_licences(folder: str, names: list[str]) -> set[str]:
    """What not to copy of a folder: all but licences and folders."""
    return {name for name in names if not ((Path(folder) / name).is_dir() or LICENCE_FILES.search(name))}


if __name__ == "__main__":
    raise SystemExit(main(*map(Path, sys.argv[1:4])))
