"""The documents say what is so: links lead somewhere, commands exist, files that are named are there."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from studio.app import parse
from studio.core.settings import Preferences
from studio.domain.asset import Asset
from studio.domain.codec import from_json
from studio.domain.library import LibraryQuery
from studio.library.files import DEFAULT_TEMPLATE

ROOT = Path(__file__).parent.parent
DOCUMENTS = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    ROOT / "studio" / "sandbox" / "README.md",
]
IDS = [str(path.relative_to(ROOT)) for path in DOCUMENTS]
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_SOURCE = re.compile(r'\b(?:src|srcset)="([^"]+)"')
_CODE = re.compile(r"`([^`\n]+)`")
# Folders of the checkout; a path that begins with one of them is a path in it.
_HOUSE = re.compile(r"(?:studio|tests|docs|packaging|scripts|benchmarks|requirements|resources)/[\w./*-]+")


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def prose_of(path: Path) -> str:
    """The text without its blocks of code between fences."""
    return _FENCE.sub("", text_of(path))


def links_of(path: Path) -> list[str]:
    """Where a document leads, and its pictures, those in HTML too."""
    return _LINK.findall(prose_of(path)) + _SOURCE.findall(prose_of(path))


def anchors(path: Path) -> set[str]:
    """The headings of a document as the end of a link names them."""
    headings = re.findall(r"^#+ (.+)$", prose_of(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def named_files(path: Path) -> Iterator[str]:
    """Files and folders of the checkout that stand in code, in the prose and in the maps."""
    for code in _CODE.findall(prose_of(path)):
        if re.search(r"[…<>$]|DIR", code):
            continue
        yield from _HOUSE.findall(code)
    for block in _FENCE.findall(text_of(path)):
        if not block.startswith("```json"):
            yield from (name.rstrip("/") for name in re.findall(rf"^{_HOUSE.pattern}", block, re.MULTILINE))


@pytest.mark.parametrize("path", DOCUMENTS, ids=IDS)
def test_links_lead_somewhere(path: Path) -> None:
    for link in links_of(path):
        if link.startswith(("https://", "http://")):
            continue
        name, _, anchor = unquote(link).partition("#")
        target = path if not name else (path.parent / name).resolve()
        assert target.exists(), f"{link} leads nowhere"
        assert target.is_relative_to(ROOT), f"{link} leads out of the project"
        assert not anchor or anchor in anchors(target), f"{link}: there is no such heading"


def test_screenshots_have_names_that_are_made() -> None:
    """Every picture that a document shows is one that `make screenshots` writes."""
    made = "".join(text_of(path) for path in (ROOT / "scripts").glob("*.py"))
    # Names of several pictures, as f"account-{section}", of which `both` makes two.
    several = re.findall(r'f"([\w-]+-)\{[\w.]+\}((?:-\w+)?)"', made)
    counted = [rf"{begin}\w+{end}(-light|-dark)?" for begin, end in several]
    for path in DOCUMENTS:
        for link in links_of(path):
            if "screenshots/" in link:
                name = Path(link).stem
                stem, _, look = name.rpartition("-")
                plain = f'"{name}"' in made or (f'"{stem}"' in made and look in ("light", "dark"))
                assert plain or any(re.fullmatch(one, name) for one in counted), name


@pytest.mark.parametrize("path", DOCUMENTS, ids=IDS)
def test_files_that_are_named_are_there(path: Path) -> None:
    for name in named_files(path):
        at = name.rstrip("./*")
        assert (ROOT / at).exists() or at.startswith("docs/screenshots"), f"{name} is not there"


@pytest.mark.parametrize("path", DOCUMENTS, ids=IDS)
def test_commands_exist(path: Path) -> None:
    goals = set(re.findall(r"^([\w-]+):", text_of(ROOT / "Makefile"), re.MULTILINE))
    commands = re.findall(r"(?:^    |`)make ([\w-]+)", text_of(path), re.MULTILINE)
    assert set(commands) <= goals, f"make {set(commands) - goals}"
    for options in re.findall(r"(?:make run -- |-m studio )(--[\w-]+(?: DIR)?)", text_of(path)):
        parse(options.split())
    for module in re.findall(r"-m ((?:studio|benchmarks|scripts)[\w.]*)", text_of(path)):
        at = ROOT / module.replace(".", "/")
        assert (at / "__main__.py").exists() or at.with_suffix(".py").exists(), module


def test_help_names_every_goal_for_people() -> None:
    """`make help` and CONTRIBUTING.md name what one would want to run."""
    makefile = text_of(ROOT / "Makefile")
    goals = {"run", "test", "check", "bench", "screenshots", "package"}
    assert goals <= set(re.findall(r'@echo "make (\w+)', makefile))
    assert goals <= set(re.findall(r"^    make (\w+)", text_of(ROOT / "CONTRIBUTING.md"), re.MULTILINE))


def test_the_map_names_every_room() -> None:
    named = set(re.findall(r"^studio/(\w+)", text_of(ROOT / "CONTRIBUTING.md"), re.MULTILINE))
    rooms = {path.name for path in (ROOT / "studio").iterdir() if (path / "__init__.py").exists()}
    assert rooms <= named
    assert len(text_of(ROOT / "CONTRIBUTING.md").splitlines()) <= 80, "one page"


def test_the_example_of_a_sidecar_can_be_read() -> None:
    block = re.search(r"^```json\n(.+?)^```", text_of(ROOT / "docs" / "files.md"), re.MULTILINE | re.DOTALL)
    assert block is not None
    import json

    data = json.loads(block[1])
    asset = from_json(Asset, data)
    assert asset.provenance.seed == data["provenance"]["request"]["seed"]
    fields = set(Asset.__dataclass_fields__)
    assert set(data) <= fields
    assert set(data["provenance"]) <= set(type(asset.provenance).__dataclass_fields__)


def test_the_parts_of_a_name_are_those_of_the_template() -> None:
    files = text_of(ROOT / "docs" / "files.md")
    for part in re.findall(r"\{\w+\}", DEFAULT_TEMPLATE + Preferences().files.name_template):
        assert part in files


def test_every_benchmark_is_explained() -> None:
    explained = set(re.findall(r"^## `(\w+)`", text_of(ROOT / "docs" / "benchmarks.md"), re.MULTILINE))
    there = {path.stem for path in (ROOT / "benchmarks").glob("[a-z]*.py")}
    assert there <= explained


def test_the_changelog_knows_this_version() -> None:
    """The newest section is the coming version or this one."""
    from studio import __version__

    newest = re.findall(r"^## (.+)$", text_of(ROOT / "CHANGELOG.md"), re.MULTILINE)[0]
    assert newest == "Unreleased" or newest.startswith(__version__)


def test_the_licence_is_named_alike() -> None:
    project = tomllib.loads(text_of(ROOT / "pyproject.toml"))["project"]
    assert project["license"] in text_of(ROOT / "README.md")
    assert project["license"] in text_of(ROOT / "packaging" / "nectary.metainfo.xml")
    assert project["license"] in text_of(ROOT / "packaging" / "copyright")


def test_the_addresses_of_privacy_are_those_that_are_used() -> None:
    from studio.domain.service import ServiceHosts

    hosts = ServiceHosts.from_environment({})
    privacy = text_of(ROOT / "docs" / "privacy.md")
    for url in (hosts.gen, hosts.enter):
        assert url.removeprefix("https://") in privacy
    assert LibraryQuery() is not None
