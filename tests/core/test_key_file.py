from __future__ import annotations

import json
import stat
import sys
from pathlib import Path

import pytest

from studio.core.errors import InputError, StorageError
from studio.core.key_file import KeyFile
from studio.core.secrets import Secret

KEY = Secret("sk_keptInAFile7hT2wV9")
PASS = Secret("correct horse battery")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Writing is slow on purpose: once is enough for most tests."""
    file = KeyFile(tmp_path_factory.mktemp("key") / "profile" / "key.json")
    file.write("ada", KEY, PASS)
    assert sys.platform == "win32" or stat.S_IMODE(file.path.stat().st_mode) == 0o600
    return file.path.read_bytes()


@pytest.fixture
def file(tmp_path: Path, written: bytes) -> KeyFile:
    file = KeyFile(tmp_path / "key.json")
    file.path.write_bytes(written)
    return file


def test_a_key_comes_back_with_its_passphrase_alone(file: KeyFile) -> None:
    assert file.read(PASS) == ("ada", KEY)
    with pytest.raises(InputError):
        file.read(Secret("correct horse batterz"))
    assert KEY.reveal().encode() not in file.path.read_bytes()
    assert b"ada" not in file.path.read_bytes()


@pytest.mark.parametrize(
    "change",
    [{"n": 2**30}, {"n": 2}, {"salt": "AAAA"}, {"nonce": "AAAAAAAAAAAAAAAA"}, {"box": "!"}, {"version": 2},
     {"r": "x"}],
)  # fmt: skip
def test_a_changed_file_is_refused(file: KeyFile, change: dict[str, object]) -> None:
    head = json.loads(file.path.read_text())
    file.path.write_text(json.dumps(head | change))
    with pytest.raises((InputError, StorageError)):
        file.read(PASS)


@pytest.mark.parametrize("text", ["", "[]", "{", "{}"])
def test_what_is_no_such_file_is_damaged(file: KeyFile, text: str) -> None:
    file.path.write_text(text)
    with pytest.raises(StorageError):
        file.read(PASS)


def test_a_short_passphrase_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    file = KeyFile(tmp_path / "key.json")
    with pytest.raises(InputError):
        file.write("ada", KEY, Secret("short"))
    assert not file.exists()
    file.delete()
