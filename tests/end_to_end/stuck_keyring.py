"""A keyring whose prompt nobody answers."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from keyring.backend import KeyringBackend


class Keyring(KeyringBackend):
    priority = 1  # type: ignore[assignment]

    def get_password(self, service: str, username: str) -> str | None:
        Path(os.environ["NECTARY_TEST_ASKED"]).write_text(username)
        threading.Event().wait()
        return None

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError

    def delete_password(self, service: str, username: str) -> None:
        raise NotImplementedError
