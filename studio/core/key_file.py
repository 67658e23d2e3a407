"""One API key in a file behind a passphrase, for systems without a keyring.

scrypt (RFC 7914) makes a 256-bit key of the passphrase, AES-256-GCM encrypts with it; every field of the
file is authenticated. Whoever has the file still needs the passphrase, and each guess costs 128 MiB and about
half a second. The format: JSON with `version`, `n`, `r`, `p`, and `salt`, `nonce`, `box` in base64.

Blocking, and slow on purpose: call from a thread. `cryptography` is imported when first used.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from pathlib import Path
from typing import Any, Final, cast

from studio.core.errors import InputError, StorageError
from studio.core.files import storage_error, write_atomically
from studio.core.i18n import tr
from studio.core.secrets import Secret

VERSION: Final = 1
SHORTEST: Final = 10
_N, _R, _P = 2**17, 8, 1
# What a file may ask of us: a damaged or planted one must not take all memory.
_MOST_N: Final = 2**20
_LARGEST: Final = 16_384


class KeyFile:
    """The file of one profile. It holds one account's key, or is not there."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def exists(self) -> bool:
        return self.path.is_file()

    def write(self, account: str, key: Secret, passphrase: Secret) -> None:
        """Replace the file, and read it back.

        Raises:
            InputError: the passphrase is too short.
            StorageError: it could not be written.
        """
        if len(passphrase.reveal()) < SHORTEST:
            raise InputError(
                tr("The passphrase needs at least {shortest} characters.", shortest=SHORTEST),
                field="passphrase",
            )
        head: dict[str, Any] = {"version": VERSION, "n": _N, "r": _R, "p": _P, "salt": _text(os.urandom(16))}
        nonce = os.urandom(12)
        inside = json.dumps({"account": account, "key": key.reveal()}).encode()
        box = _cipher(head, passphrase).encrypt(nonce, inside, _bound(head))
        head |= {"nonce": _text(nonce), "box": _text(box)}
        write_atomically(self.path, json.dumps(head).encode(), mode=0o600)
        if self.read(passphrase) != (account, key):
            raise StorageError(
                tr("The key could not be kept in a file."), tr("It was not read back as it was written.")
            )

    def read(self, passphrase: Secret) -> tuple[str, Secret]:
        """Account and key.

        Raises:
            InputError: the passphrase is wrong, or the file was changed: the two cannot be told apart.
            StorageError: the file cannot be read, or a newer program wrote it.
        """
        from cryptography.exceptions import InvalidTag

        head = self._head()
        try:
            nonce, box = _bytes(head["nonce"]), _bytes(head["box"])
            inside = json.loads(_cipher(head, passphrase).decrypt(nonce, box, _bound(head)))
            return str(inside["account"]), Secret(str(inside["key"]))
        except InvalidTag:
            raise InputError(tr("This passphrase does not open the file."), field="passphrase") from None
        except (KeyError, TypeError, ValueError) as error:
            raise _damaged() from error

    def delete(self) -> None:
        """Forget the key; a file that is not there is no error.

        Raises:
            StorageError: it cannot be removed.
        """
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            raise storage_error(error, self.path) from error

    def _head(self) -> dict[str, Any]:
        try:
            with self.path.open("rb") as file:
                head = json.loads(file.read(_LARGEST))
        except OSError as error:
            raise StorageError(tr("The file with the key cannot be read."), error.strerror or "") from error
        except ValueError as error:
            raise _damaged() from error
        if not isinstance(head, dict):
            raise _damaged()
        head = cast("dict[str, Any]", head)
        if head.get("version") != VERSION:
            raise StorageError(
                tr("A newer Nectary wrote the file with the key."), tr("Sign in again, or update.")
            )
        return head


def _cipher(head: dict[str, Any], passphrase: Secret) -> Any:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    n, r, p = (int(head[name]) for name in ("n", "r", "p"))
    if not (_N <= n <= _MOST_N and r == _R and p == _P):
        raise _damaged()
    derived = Scrypt(salt=_bytes(head["salt"]), length=32, n=n, r=r, p=p).derive(passphrase.reveal().encode())
    return AESGCM(derived)


def _bound(head: dict[str, Any]) -> bytes:
    """What is not encrypted but must not be changed either."""
    return json.dumps([head[name] for name in ("version", "n", "r", "p", "salt")]).encode()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(text: object) -> bytes:
    try:
        return base64.b64decode(str(text), validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from error


def _damaged() -> StorageError:
    return StorageError(tr("The file with the key is damaged."), tr("Sign in again to get a new key."))
