"""Every word the user reads is collected, and translated into the languages that are whole."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import messages

WHOLE = ("de",)
"""Languages that have every message."""
_NAMES = re.compile(r"\{[^{}\s]*\}")


def test_template_catalogues_and_compiled_files_are_what_the_source_says() -> None:
    assert list(messages.complaints()) == []


def forms(value: object) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, tuple | list) else (str(value or ""),)


@pytest.mark.parametrize("language", messages.languages())
def test_what_is_translated_fits_its_message(language: str) -> None:
    catalogue = messages.read(language)
    wrong: list[str] = []
    for one in catalogue:
        said = forms(one.string)
        if not one.id or not all(said):
            continue
        texts = forms(one.id)
        names = set(_NAMES.findall(texts[-1]))
        for at, text in enumerate(said):
            like = texts[min(at, len(texts) - 1)]
            # One thing may be said without its number.
            if not set(_NAMES.findall(text)) <= names or (
                set(_NAMES.findall(text)) != set(_NAMES.findall(like)) and len(texts) == 1
            ):
                wrong.append(f"{like!r} → {text!r}: other values")
            if (_edges(text) != _edges(like)) or _ending(text) != _ending(like):
                wrong.append(f"{like!r} → {text!r}: other spaces or another end")
        if one.fuzzy:
            wrong.append(f"{one.id!r}: not sure")
    assert wrong == []


@pytest.mark.parametrize("language", WHOLE)
def test_a_whole_language_has_every_message(language: str) -> None:
    catalogue = messages.read(language)
    assert [one.id for one in catalogue if one.id and not all(forms(one.string))] == []


def _edges(text: str) -> tuple[str, str]:
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]


def _ending(text: str) -> str:
    """The mark at the end, if it is one that means something."""
    last = text.rstrip()[-1:]
    return last if last in "….:?," else ""


# ---------------------------------------------------------------- what has not been through tr

STUDIO = Path(__file__).parent.parent / "studio"
# The sandbox speaks for the service, and tools speak to models: both in English.
ENGLISH = ("sandbox", "services/chat_tools.py")
SOURCES = [
    path
    for path in sorted(STUDIO.rglob("*.py"))
    if not path.relative_to(STUDIO).as_posix().startswith(ENGLISH)
]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


SETTERS = _words(
    """
    setText setToolTip setAccessibleName setAccessibleDescription setPlaceholderText setWindowTitle
    setTitle setPlainText setSpecialValueText setSuffix setPrefix setStatusTip setWhatsThis
    setNameFilter setLabelText addAction addItem addMenu addTab drawText name_widget plain_tip
    set_text set_error set_title set_detail set_value set_placeholder set_empty set_tip set_note
    stand_in confirm message ask_text pick_files pick_folder pick_save add_button add_content tell
    show_banner show_work show_stop row Notice Action
    """
)
"""Methods, functions and values whose words are seen or heard."""
NAMED = _words(
    """
    name title detail label placeholder note tip tooltip text action cancel words
    """
)
"""Arguments that are words, of widgets and of what is told."""
PRODUCTS = re.compile(
    r"\b(Nectary|Pollinations|Markdown|JSON|HTML|CSV|SRT|VTT|TXT|Opus|PNG|JPEG|WebP|ZIP|px|kB|MB|GB|Aa)\b"
)
CODE = re.compile(
    r"(https?:)?//\S+|sk_…|Ctrl K|((Ctrl|Shift|Alt)\+)+\w*|"  # keys are said in the language where shown
    r"[A-Za-z0-9]+([._:/*-][A-Za-z0-9*]+)+|[a-z_0-9]+|[\W\d_]*"
)


def widgets() -> set[str]:
    """The classes that are seen: those of ui, panes and shell, and the errors that are told."""
    found: set[str] = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and (
                path.relative_to(STUDIO).parts[0] in ("ui", "panes", "shell") or node.name.endswith("Error")
                or path.name == "errors.py"
            ):  # fmt: skip
                found.add(node.name)
    return found - {"PaneSpec", "Command", "Style"}


def called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def literals(node: ast.expr) -> Iterator[tuple[int, str]]:
    """The texts an argument may be or hold, but for what goes through another call, a comparison or a key."""
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            yield node.lineno, node.value
    elif isinstance(node, ast.JoinedStr | ast.Tuple | ast.List):
        for value in node.values if isinstance(node, ast.JoinedStr) else node.elts:
            yield from literals(value)
    elif isinstance(node, ast.FormattedValue | ast.Starred):
        yield from literals(node.value)
    elif isinstance(node, ast.IfExp):
        yield from literals(node.body)
        yield from literals(node.orelse)
    elif isinstance(node, ast.BoolOp):
        for value in node.values:
            yield from literals(value)
    elif isinstance(node, ast.BinOp):
        yield from literals(node.left)
        yield from literals(node.right)


def is_words(text: str) -> bool:
    """Whether people read it: not a name of code, an icon, a file pattern, a mark or a product."""
    if text.startswith('{"'):
        return False  # the shape of JSON
    plain = PRODUCTS.sub("", re.sub(r"\{[^{}]*\}|\*?\.\w+", "", text)).strip()
    return bool(re.search(r"[A-Za-z]{2}", plain)) and not CODE.fullmatch(plain)


def unsaid(path: Path, visible: set[str]) -> Iterator[str]:
    """Places where words are given to what is seen without having been through `tr`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = called(node)
        if name in ("spawn", "debug", "info", "warning", "error", "exception"):
            continue
        given: list[ast.expr] = []
        if name in SETTERS or name in visible:
            given += node.args
            given += [one.value for one in node.keywords if one.arg in NAMED]
        for argument in given:
            for line, text in literals(argument):
                if is_words(text):
                    yield f"{path.relative_to(STUDIO)}, line {line}: {name}({text[:60]!r})"


def test_no_word_is_shown_that_has_not_been_through_tr() -> None:
    visible = widgets()
    assert [place for path in SOURCES for place in unsaid(path, visible)] == []


def test_only_literal_texts_go_through_tr() -> None:
    """A text in a variable cannot be collected; where it stands it is marked with `tr` or `tr_noop`."""
    wrong: list[str] = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and called(node) in ("tr", "trn", "tr_noop"):
                texts = node.args[: 2 if called(node) == "trn" else 1]
                if path.name != "i18n.py" and not all(
                    isinstance(one, ast.Constant) and isinstance(one.value, str) for one in texts
                ):
                    wrong.append(f"{path.relative_to(STUDIO)}, line {node.lineno}")
    assert wrong == []
