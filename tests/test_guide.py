"""What the user documentation says is so: its links, pictures, controls, keys, searches and preferences."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from scripts import key_table
from studio.core.i18n import tr
from studio.domain.guide import INDEX, Guide, is_outside, make_guide
from studio.domain.media import MediaKind
from studio.domain.search import ALIASES, FIELDS, NUMBER_FIELDS, parse_search
from studio.shell.preference_pages import PAGES as PREFERENCES

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
OURS = sorted((DOCS / "guide").glob("*.md"))
PAGES = [path.relative_to(DOCS).as_posix() for path in OURS]
# For those who work on the program: the rest of `docs/`.
NOT_FOR_USERS = {"architecture.md", "benchmarks.md", "packaging.md", "translating.md", "accessibility.md"}
_CODE = re.compile(r"`[^`\n]+`")
_NAMED = re.compile(r"(?<![*\w])\*([^*]+)\*(?![*\w])")
_SAID = re.compile(r"“([^”]+[.?])”")
_GLUE = re.compile(r'"\s*\n\s*f?"')
_TEXT = re.compile(r'"((?:[^"\\\n]|\\.)+)"')
_KEYS = re.compile(r"\b(?:Ctrl|Shift)(?:\+[A-Z][a-z]*)*\+(?:[A-Z][a-z]+|[A-Z0-9/+,-](?!\w))|\bF\d\b")


@cache
def guide() -> Guide:
    return make_guide(lambda page: (DOCS / page).read_text(encoding="utf-8"))


@cache
def words_of_the_program() -> frozenset[str]:
    """Every text in the code, which is what a user can be shown; `ast` would take ten times as long."""
    found: set[str] = set()
    for path in (ROOT / "studio").rglob("*.py"):
        if "sandbox" not in path.relative_to(ROOT / "studio").parts:
            code = _GLUE.sub("", path.read_text(encoding="utf-8"))
            found.update(text.replace('\\"', '"') for text in _TEXT.findall(code))
    return frozenset(found)


@cache
def sentences_with_names() -> list[re.Pattern[str]]:
    """What is said with a name or a number in it."""
    texts = [text for text in words_of_the_program() if "{" in text and text.endswith((".", "?"))]
    said = [text for text in texts if len(re.sub(r"\{[^{}]*\}", "", text).split()) > 2]
    return [re.compile(re.sub(r"\\\{[^{}]*\\\}", ".+", re.escape(text))) for text in said]


def prose(page: str) -> str:
    text = (DOCS / page).read_text(encoding="utf-8")
    return _CODE.sub("", re.sub(r"\s*\n\s*", " ", text.partition(key_table.BEGIN)[0]))


def test_every_page_is_in_the_contents() -> None:
    """The index leads to every page, and so does Help."""
    for_users = {path.name for path in DOCS.glob("*.md")} - NOT_FOR_USERS
    assert set(guide().pages) == set(PAGES) | for_users
    assert {page for _title, ids in guide().groups for page in ids} == set(guide().pages)


@pytest.mark.parametrize("page", [*PAGES, "files.md", "privacy.md", "sandbox.md", "sign-in.md", "legacy.md"])
def test_links_and_pictures_of_help_lead_somewhere(page: str) -> None:
    shown = guide().pages[page]
    for link in shown.links:
        target, _, anchor = link.partition("#")
        assert target in guide().pages, f"{link} is no page of Help"
        assert not anchor or anchor in guide().pages[target].anchors, f"{link}: there is no such heading"
    for picture in shown.pictures:
        assert (DOCS / picture).is_file(), picture
    assert f'<h1 id="{shown.sections[0].anchor}">{shown.title.replace("’", "&#x27;")}' in shown.html
    assert "<!--" not in shown.html
    assert "&lt;!--" not in shown.html
    # What a browser would fetch must not be in a page that works offline.
    assert not [source for source in re.findall(r'<img src="([^"]+)"', shown.html) if is_outside(source)]


@pytest.mark.parametrize("page", PAGES)
def test_controls_that_are_named_are_there(page: str) -> None:
    """Words in italics are words of the program."""
    there = words_of_the_program() | {"Nectary"}
    examples = {"context 314 of 400k": "context {n} of {all}"}
    for named in _NAMED.findall(prose(page)):
        parts = [named] if named in there else examples.get(named, named).split(", ")
        assert all(part in there or f"{part}." in there for part in parts), f"nothing is called “{named}”"


@pytest.mark.parametrize("page", PAGES)
def test_sentences_that_are_quoted_are_said(page: str) -> None:
    for said in _SAID.findall(prose(page)):
        there = said in words_of_the_program() or any(one.fullmatch(said) for one in sentences_with_names())
        assert there, f"the program never says “{said}”"


@pytest.mark.parametrize(
    "page", [p for p in PAGES if p not in (INDEX, "guide/glossary.md", "guide/trouble.md")]
)
def test_a_page_says_what_to_do_when_it_fails(page: str) -> None:
    assert guide().pages[page].sections[-1].title.startswith("When ")


def test_the_keys_are_those_of_the_program(qapp: QApplication, tmp_path: Path) -> None:
    table = key_table.as_markdown(key_table.program_groups(tmp_path))
    page = key_table.PAGE.read_text(encoding="utf-8")
    assert page == key_table.filled(page, table), "run `python -m scripts.key_table`"


@pytest.mark.parametrize("page", PAGES)
def test_keys_in_the_text_are_in_the_table(page: str) -> None:
    table = key_table.PAGE.read_text(encoding="utf-8")
    for keys in _KEYS.findall(prose(page)):
        assert f" {keys.replace('Up', '↑').replace('Down', '↓')} " in table, keys


def test_every_preference_page_is_explained() -> None:
    explained = {section.title for section in guide().pages["guide/preferences.md"].sections}
    assert {tr(page.title) for page in PREFERENCES} <= explained


def test_examples_of_searches_mean_what_they_say() -> None:
    text = (DOCS / "guide" / "search.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(.+?)` \|.*$", text, re.MULTILINE)
    fields = [row for row in rows if row in FIELDS]
    assert set(fields) == FIELDS, "the table of fields"
    examples = re.findall(r"`([^`]*[:\"-][^`]*)`", text)
    assert len(examples) > len(FIELDS)
    for example in examples:
        terms = parse_search(example).terms
        assert terms, example
        named = re.findall(r"(\w+):", example)
        assert [term.field for term in terms if term.field] == [ALIASES.get(n, n) for n in named], example
    others = " ".join(re.findall(r"Some fields have .+?\.", text.replace("\n", " ")))
    for name, field in ALIASES.items():
        assert f"`{name}`" in others, name
        assert field in others or field == "tag", field
    assert all(f"`{field}:" in text for field in NUMBER_FIELDS)
    for kind in MediaKind:
        assert kind.value in text or kind is MediaKind.OTHER


def test_the_words_of_the_glossary_are_in_order() -> None:
    words = [section.title for section in guide().pages["guide/glossary.md"].sections[1:]]
    assert words == sorted(words)


def test_nothing_promises_more_than_there_is_room_for() -> None:
    """All pictures together stay below twelve megabytes, those that go with the program below four."""
    from tests.test_packaging import tool

    pictures = sum(path.stat().st_size for path in (DOCS / "screenshots").iterdir())
    shipped = tool("guide").files()
    assert pictures < 12e6
    assert sum(path.stat().st_size for path in shipped) < 4e6


def test_help_goes_with_the_program() -> None:
    """The recipes name what the program's own parser finds."""
    from tests.test_packaging import SPEC, tool

    shipped = set(tool("guide").files().values())
    wanted = set(guide().pages) | {name for page in guide().pages.values() for name in page.pictures}
    assert wanted <= shipped
    assert all(name.endswith("-dark.webp") for name in shipped - wanted)
    assert "guide.files()" in SPEC
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert 'path = "packaging/wheel.py"' in project


def test_errors_lead_to_what_explains_them() -> None:
    import studio.api.errors
    import studio.core.keyring_store
    from studio.core.errors import StudioError

    def kinds(of: type[StudioError]) -> set[type[StudioError]]:
        return {of, *(kind for each in of.__subclasses__() for kind in kinds(each))}

    assert studio.api.errors
    assert studio.core.keyring_store
    places = {kind.help for kind in kinds(StudioError) if kind.help}
    assert len(places) > 6
    for place in places:
        found = guide().place(place)
        assert found is not None
        assert found[1] == place.partition("#")[2], place
