"""Sign-ins under way: authorization codes and device codes (CONTRACT 11). They live in memory alone."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import time
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from studio.sandbox.account import ALPHABET, Key

CODE_SECONDS = 600
DEVICE_SECONDS = 1800
HANDOVER_SECONDS = 600
USER_CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}")
CHALLENGE = re.compile(r"[A-Za-z0-9\-_]{43}")
LOOPBACK = ("localhost", "::1", "0.0.0.0")

DeviceStatus = Literal["pending", "approved", "denied"]


@dataclass(slots=True, kw_only=True)
class PendingCode:
    """An authorization code that waits to be exchanged."""

    client_id: str
    redirect_uri: str
    challenge: str
    key: Key
    scope: str
    expires: float


@dataclass(slots=True, kw_only=True)
class Device:
    """A device flow under way."""

    device_code: str
    user_code: str
    client_id: str | None
    scope: str
    expires: float
    status: DeviceStatus = "pending"
    key: Key | None = None


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a code verifier (RFC 7636)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest()).rstrip(b"=").decode()


def is_loopback(host: str | None) -> bool:
    return host is not None and (host in LOOPBACK or host.startswith("127."))


def redirect_matches(registered: str, presented: str) -> bool:
    """Whether a redirect address fits a registered one: exact but for one trailing slash, a fragment never,
    the port ignored on loopback, where alone `http` is allowed (CONTRACT 11.1)."""
    try:
        known, given = urlsplit(registered), urlsplit(presented)
        known_port, given_port = known.port, given.port
    except ValueError:
        return False
    if given.fragment or known.scheme != given.scheme or known.hostname != given.hostname:
        return False
    loopback = is_loopback(given.hostname)
    if given.scheme != "https" and not (given.scheme == "http" and loopback):
        return False
    if not loopback and known_port != given_port:
        return False
    if known.path.removesuffix("/") != given.path.removesuffix("/"):
        return False
    return not known.query or known.query == given.query


class SignIns:
    """Codes that were handed out and not yet used."""

    def __init__(self) -> None:
        self._codes: dict[str, PendingCode] = {}
        self._devices: dict[str, Device] = {}

    def clear(self) -> None:
        self._codes.clear()
        self._devices.clear()

    # ------------------------------------------------------------ code + PKCE
    def new_code(self, *, client_id: str, redirect_uri: str, challenge: str, key: Key, scope: str) -> str:
        code = "".join(secrets.choice(ALPHABET) for _ in range(32))
        self._codes[code] = PendingCode(
            client_id=client_id,
            redirect_uri=redirect_uri,
            challenge=challenge,
            key=key,
            scope=scope,
            expires=time.monotonic() + CODE_SECONDS,
        )
        return code

    def take_code(self, code: str) -> PendingCode | None:
        """The pending code, used up by this very look; None when unknown or too old."""
        pending = self._codes.pop(code, None)
        if pending is None or pending.expires <= time.monotonic():
            return None
        return pending

    # ------------------------------------------------------------ device
    def new_device(self, *, seed_era: bool, client_id: str | None, scope: str) -> Device:
        letters = [secrets.choice(USER_CODE_ALPHABET) for _ in range(8)]
        if seed_era:
            letters.insert(4, "-")
        device = Device(
            device_code="".join(secrets.choice(ALPHABET) for _ in range(40)),
            user_code="".join(letters),
            client_id=client_id,
            scope=scope,
            expires=time.monotonic() + DEVICE_SECONDS,
        )
        self._devices[device.device_code] = device
        return device

    def device(self, device_code: str) -> Device | None:
        return self._devices.get(device_code)

    def device_of_user(self, user_code: str) -> Device | None:
        """By the code people type; case and dashes do not matter."""
        wanted = user_code.replace("-", "").strip().upper()
        return next(
            (device for device in self._devices.values() if device.user_code.replace("-", "") == wanted), None
        )

    def approve(self, device: Device, key: Key) -> None:
        device.status, device.key = "approved", key
        device.expires = time.monotonic() + HANDOVER_SECONDS

    def expire(self, device: Device) -> None:
        """Let a device code run out now, for tests."""
        device.expires = 0.0

    def forget(self, device: Device) -> None:
        """The key has been handed over: the next poll finds nothing."""
        self._devices.pop(device.device_code, None)
