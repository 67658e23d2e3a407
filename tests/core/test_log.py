"""Whatever is logged passes the redaction, traces included."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.core import log

KEY = "sk_abcdefgh12345678"


@pytest.fixture(autouse=True)
def _own_handlers() -> Iterator[None]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    for handler in set(root.handlers) - set(before):
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)


def test_keys_reach_neither_file_nor_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log.set_up(tmp_path, verbose=True)
    logger = logging.getLogger("test")
    logger.debug("asked with %s", {"Authorization": f"Bearer {KEY}"})
    try:
        raise ValueError(f"cannot use {KEY}")
    except ValueError:
        logger.exception("broke")
    written = (tmp_path / "nectary.log").read_text(encoding="utf-8")
    shown = capsys.readouterr().err
    for text in (written, shown):
        assert "asked with" in text
        assert "ValueError: cannot use" in text
        assert KEY not in text
        assert "abcdefgh" not in text


def test_the_terminal_hears_of_trouble_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log.set_up(tmp_path)
    logging.getLogger("test").info("busy")
    logging.getLogger("test").debug("very busy")
    logging.getLogger("test").warning("odd")
    assert [line.split(": ")[-1] for line in capsys.readouterr().err.splitlines()] == ["odd"]
    written = (tmp_path / "nectary.log").read_text(encoding="utf-8")
    assert "busy" in written
    assert "very busy" not in written


def test_a_folder_that_cannot_be_written_is_no_reason_not_to_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").write_text("a file")
    log.set_up(tmp_path / "taken" / "logs")
    assert "no log file" in capsys.readouterr().err


def test_third_parties_that_print_headers_stay_quiet(tmp_path: Path) -> None:
    log.set_up(tmp_path, verbose=True)
    logging.getLogger("httpcore.http11").debug("send_request_headers Authorization")
    assert not logging.getLogger("httpx").isEnabledFor(logging.INFO)
