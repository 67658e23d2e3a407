from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from studio.core.paths import portable_paths
from studio.core.settings import Settings
from studio.services.notices import NoticeCentre
from studio.shell.main_window import MainWindow
from studio.shell.program import Program
from studio.shell.self_check import self_check
from studio.ui.theme import Theme


@pytest.mark.qt_log_ignore("No RHI backend", extend=True)
async def test_the_check_makes_a_picture_and_reports_it(
    tmp_path: Path, qapp: QApplication, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = portable_paths(tmp_path)
    settings = Settings(paths.settings)
    theme = Theme("light", 1.0, True)
    theme.apply(qapp)
    window = MainWindow(theme, settings, window_state=paths.window_state, first="create")
    window.show()
    program = Program(
        window, settings, NoticeCentre(), paths, environment={}, force_sandbox=True, errand=self_check
    )
    assert await program.run() == 0
    report = json.loads(capsys.readouterr().out)
    assert report["ok"]
    assert report["sandbox"]
    assert Path(report["picture"]).exists()
    assert Path(report["sidecar"]).exists()
    # Made by the sandbox, decoded, and played as far as this machine can: a film needs no loudspeaker.
    assert report["sound_seconds"] > 0.5
    assert report["sound_played"] == report["sound_device"]
    assert report["film_played"]
    assert report["formula"]
    assert report["colours"]
    assert {"Create", "Library", "Chat", "Account"} <= set(report["panes"])
    window.deleteLater()
