"""The house rules that a linter does not know. A failure names every place and the rule."""

from __future__ import annotations

import ast
import functools
import re
import typing
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from studio.core import settings

ROOT = Path(__file__).parent.parent
STUDIO = ROOT / "studio"
SOURCES = sorted(path for path in STUDIO.rglob("*.py") if "_resources" not in path.parts)
ALL_SOURCES = SOURCES + sorted((ROOT / "tests").rglob("*.py")) + sorted((ROOT / "benchmarks").rglob("*.py"))


@functools.cache
def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@functools.cache
def nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(text_of(path))))


@functools.cache
def calls(path: Path) -> list[tuple[str, int]]:
    """Dotted names of what is called, with the line."""
    return [(ast.unparse(node.func), node.lineno) for node in nodes(path) if isinstance(node, ast.Call)]


@pytest.fixture(scope="module", autouse=True)
def forget() -> Iterator[None]:
    """A million nodes would slow the collector down in all tests after these."""
    yield
    for kept in (text_of, nodes, calls):
        kept.cache_clear()


def everywhere(rule: Callable[[Path], Iterator[str]]) -> None:
    """Fail with all the places that break a rule: it is told a file and yields what is wrong there."""
    wrong = [f"{path.relative_to(ROOT)}, {what}" for path in SOURCES for what in rule(path)]
    assert not wrong, "\n" + "\n".join(wrong)


def test_sizes() -> None:
    def rule(path: Path) -> Iterator[str]:
        lines = len(text_of(path).splitlines())
        if lines > 600:
            yield f"{lines} lines: a file has at most 600"
        for node in nodes(path):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            limit = 40 if node.name == "__init__" else 60
            if length > limit:
                yield f"line {node.lineno}: {node.name} has {length} lines; the limit is {limit}"

    everywhere(rule)


def test_every_module_says_what_it_is_for() -> None:
    def rule(path: Path) -> Iterator[str]:
        if not ast.get_docstring(typing.cast("ast.Module", nodes(path)[0])):
            yield "a module begins with a docstring"

    everywhere(rule)


def test_no_nested_event_loops() -> None:
    """A nested Qt loop inside a task freezes other tasks for good (DESIGN 3)."""
    static = re.compile(
        r"QMessageBox\.(question|information|warning|critical)|"
        r"QFileDialog\.get\w+|QInputDialog\.get\w+|QColorDialog\.get"
    )

    def rule(path: Path) -> Iterator[str]:
        for name, line in calls(path):
            last = name.rsplit(".", 1)[-1]
            # A drag has no other way; it starts from a mouse event, never from a task.
            if last in ("exec", "exec_") and not name.startswith("re.") and name != "drag.exec":
                yield f"line {line}: {name}() starts a nested loop; use ui/dialogs.py"
            # Both run before the asyncio loop does; afterwards nobody may.
            if last == "processEvents" and path.name not in ("eventloop.py", "app.py"):
                yield f"line {line}: processEvents belongs before the loop, in eventloop.py and app.py"
            if static.search(name):
                yield f"line {line}: {name} is a static dialog; use ui/dialogs.py"

    everywhere(rule)


def test_tasks_have_one_owner() -> None:
    def rule(path: Path) -> Iterator[str]:
        if path.relative_to(STUDIO).parts[0] == "sandbox" or path.name == "tasks.py":
            return
        for name, line in calls(path):
            if name.rsplit(".", 1)[-1] in ("create_task", "ensure_future", "asyncSlot", "asyncClose"):
                yield f"line {line}: {name}; tasks are spawned by services/tasks.py"

    everywhere(rule)


def test_looks_come_from_the_theme() -> None:
    """No colour literal outside ui/theme.py; pictures the sandbox draws are not the program's look."""
    colour = re.compile(r"#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{8})\b")

    def rule(path: Path) -> Iterator[str]:
        room = path.relative_to(STUDIO).parts[0]
        if room in ("sandbox", "api", "library", "domain", "core") or path.name == "theme.py":
            return
        if path.name == "sign_in_page.py":
            return  # a page in the user's browser
        for node in nodes(path):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and colour.search(node.value):
                yield f"line {node.lineno}: a colour literal; take a token of ui/theme.py"
        for name, line in calls(path):
            if name.endswith(".setStyleSheet") and path.name not in ("theme.py", "style.py"):
                yield f"line {line}: one style sheet, in ui/style.py"

    everywhere(rule)


def test_tests_mirror_the_tree() -> None:
    """Each module is named by a test module of the same room: `api/retry.py` by `tests/api/test_*.py`."""

    def rule(path: Path) -> Iterator[str]:
        relative = path.relative_to(STUDIO)
        if path.name in ("__init__.py", "__main__.py") or len(relative.parts) == 1:
            return
        if relative.parts[0] == "sandbox":
            return  # tested from outside, over its socket, section by section of the contract
        room = ROOT / "tests" / relative.parts[0]
        dotted = "studio." + ".".join(relative.with_suffix("").parts)
        package, _, module = dotted.rpartition(".")
        pattern = re.compile(
            rf"{re.escape(dotted)}\b|from {re.escape(package)} import [^\n]*\b{module}\b|"
            rf"from {re.escape(package)} import \([^)]*\b{module}\b"
        )
        tests = list(room.rglob("*.py"))
        twin = any(test.name == f"test_{path.stem}.py" for test in tests)
        if not twin and not any(pattern.search(text_of(test)) for test in tests):
            yield f"nothing in tests/{relative.parts[0]} names {dotted}"

    everywhere(rule)


def test_every_setting_that_is_read_is_declared() -> None:
    declared: dict[str, set[str]] = {
        name: set(section._fields) for name, section in typing.get_type_hints(settings.Preferences).items()
    }
    pattern = re.compile(r"(?:settings|preferences)\.values\.(\w+)(?:\.(\w+))?")
    for path in SOURCES:
        for section, name in pattern.findall(path.read_text(encoding="utf-8")):
            assert section in declared, f"{path}: no section {section}"
            assert not name or name in declared[section], f"{path}: no setting {section}.{name}"


def test_the_words_speak_of_the_project_alone() -> None:
    """No absolute path of a developer's machine in what is shipped."""
    pattern = re.compile(r"(?<![\w.])/(?:work|root|home/(?!ada)\w+)/")
    for path in [
        *ALL_SOURCES,
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "scripts").iterdir(),
    ]:
        if path.is_file() and path != Path(__file__):
            text = path.read_text(encoding="utf-8", errors="replace")
            assert not pattern.search(text), f"{path.relative_to(ROOT)}: a path of one machine"
