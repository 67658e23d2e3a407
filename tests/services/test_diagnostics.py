from __future__ import annotations

from pathlib import Path

import pytest

from studio import __version__
from studio.core.paths import portable_paths
from studio.core.settings import Settings
from studio.services.diagnostics import LOG_LINES, anonymous, diagnostics
from studio.services.notices import BugReport


def test_it_names_versions_preferences_and_the_end_of_the_log(tmp_path: Path) -> None:
    paths = portable_paths(tmp_path)
    paths.logs.mkdir(parents=True)
    (paths.logs / "nectary.log").write_text("".join(f"line {n}\n" for n in range(500)), encoding="utf-8")
    text = diagnostics(
        paths, Settings(paths.settings), BugReport(summary="ValueError: x", trace="trace here")
    )
    assert text.startswith(f"Nectary {__version__}\n")
    assert "PySide6-Essentials 6." in text
    assert "parallel_jobs = 3" in text
    assert "trace here" in text
    assert f"line {500 - LOG_LINES}\n" in text
    assert f"line {500 - LOG_LINES - 1}\n" not in text


def test_keys_home_and_user_name_stay_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.setenv("USER", "ada")
    paths = portable_paths(tmp_path)
    bug = BugReport(
        summary="X: sk_abcdefgh12345678",
        trace='File "/home/ada/nectary/x.py"\n/mnt/ada/y Authorization: Bearer abcdefgh.ijkl',
    )
    text = diagnostics(paths, Settings(paths.settings), bug)
    assert "abcdefgh" not in text
    assert "ada" not in text.split("Preferences")[0]
    assert '"~/nectary/x.py"' in text
    assert "(no log file)" in text


def test_a_home_at_the_root_is_not_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/")
    assert anonymous("/usr/lib") == "/usr/lib"
