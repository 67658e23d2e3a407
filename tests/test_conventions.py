"""The house rules that a linter does not know. Each failure names the place and the rule."""

from __future__ import annotations

import ast
import re
import typing
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.core import settings

ROOT = Path(__file__).parent.parent
STUDIO = ROOT / "studio"
SOURCES = sorted(path for path in STUDIO.rglob("*.py") if "_resources" not in path.parts)
ALL_SOURCES = SOURCES + sorted((ROOT / "tests").rglob("*.py")) + sorted((ROOT / "benchmarks").rglob("*.py"))
IDS = [str(path.relative_to(ROOT)) for path in SOURCES]


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def calls(path: Path) -> Iterator[tuple[str, int]]:
    """Dotted names of what is called, with the line."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node.lineno


@pytest.mark.parametrize("path", SOURCES, ids=IDS)
def test_sizes(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= 600, f"{lines} lines; a file has at most 600"
    for function in functions(path):
        length = (function.end_lineno or function.lineno) - function.lineno + 1
        limit = 40 if function.name == "__init__" else 60
        assert length <= limit, f"{function.name} has {length} lines; the limit is {limit}"


@pytest.mark.parametrize("path", SOURCES, ids=IDS)
def test_every_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(tree(path)), "a module begins with a docstring"


@pytest.mark.parametrize("path", SOURCES, ids=IDS)
def test_no_nested_event_loops(path: Path) -> None:
    """A nested Qt loop inside a task freezes other tasks for good (DESIGN 3)."""
    for name, line in calls(path):
        last = name.rsplit(".", 1)[-1]
        # A drag has no other way; it starts from a mouse event, never from a task.
        if last in ("exec", "exec_") and not name.startswith("re.") and name != "drag.exec":
            pytest.fail(f"line {line}: {name}() starts a nested loop; use ui/dialogs.py")
        # Both run before the asyncio loop does; afterwards nobody may.
        if last == "processEvents" and path.name not in ("eventloop.py", "app.py"):
            pytest.fail(f"line {line}: processEvents belongs before the loop, in eventloop.py and app.py")
        assert not re.search(
            r"QMessageBox\.(question|information|warning|critical)|"
            r"QFileDialog\.get\w+|QInputDialog\.get\w+|QColorDialog\.get",
            name,
        ), f"line {line}: {name} is a static dialog; use ui/dialogs.py"


@pytest.mark.parametrize("path", SOURCES, ids=IDS)
def test_tasks_have_one_owner(path: Path) -> None:
    if path.relative_to(STUDIO).parts[0] == "sandbox" or path.name == "tasks.py":
        return
    for name, line in calls(path):
        assert name.rsplit(".", 1)[-1] not in ("create_task", "ensure_future", "asyncSlot", "asyncClose"), (
            f"line {line}: {name}; tasks are spawned by services/tasks.py"
        )


@pytest.mark.parametrize("path", SOURCES, ids=IDS)
def test_looks_come_from_the_theme(path: Path) -> None:
    """No colour literal outside ui/theme.py; pictures the sandbox draws are not the program's look."""
    relative = path.relative_to(STUDIO)
    if relative.parts[0] in ("sandbox", "api", "library", "domain", "core") or path.name == "theme.py":
        return
    if path.name == "sign_in_page.py":
        return  # a page in the user's browser
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert not re.search(r"#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{8})\b", node.value), (
                f"line {node.lineno}: a colour literal; take a token of ui/theme.py"
            )
    for name, line in calls(path):
        assert not name.endswith(".setStyleSheet") or path.name in ("theme.py", "style.py"), (
            f"line {line}: one style sheet, in ui/style.py"
        )


@pytest.mark.parametrize("path", SOURCES, ids=IDS)
def test_tests_mirror_the_tree(path: Path) -> None:
    """Each module is named by a test module of the same room: `api/retry.py` by `tests/api/test_*.py`."""
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
    named = any(pattern.search(test.read_text(encoding="utf-8")) for test in tests)
    twin = any(test.name == f"test_{path.stem}.py" for test in tests)
    assert named or twin, f"nothing in tests/{relative.parts[0]} names {dotted}"


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
