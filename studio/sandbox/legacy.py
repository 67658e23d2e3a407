"""The retired service's tokens and jobs (CONTRACT 12)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from typing import Any, cast

from studio.sandbox.errors import legacy_error
from studio.sandbox.make.pictures import picture
from studio.sandbox.parameters import JsonObject
from studio.sandbox.service import Service

SECRET = b"the sandbox signs with this; it guards nothing"
IMAGE_PREFIX = "registry.pollinations.example/"
REPLICATE = "replicate:"
KNOWN_ELSEWHERE = ("stability-ai/stable-diffusion",)
SIDE = 512


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _signature(text: str) -> str:
    return _encoded(hmac.new(SECRET, text.encode(), hashlib.sha256).digest())


def new_token(*, expires: int | None = None) -> str:
    """A token of the retired service (HS256); `expires` is seconds since 1970."""
    header = _encoded(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
    claims: JsonObject = {"sub": "sandbox"} | ({} if expires is None else {"exp": expires})
    text = f"{header}.{_encoded(json.dumps(claims).encode())}"
    return f"{text}.{_signature(text)}"


def check_token(token: str | None) -> str:
    """The user of a token; 401 when it has expired, 403 when it is missing or not ours."""
    parts = (token or "").split(".")
    if len(parts) != 3 or not hmac.compare_digest(_signature(f"{parts[0]}.{parts[1]}"), parts[2]):
        raise legacy_error(403, "Could not validate credentials")
    try:
        claims: Any = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, binascii.Error) as error:
        raise legacy_error(403, "Could not validate credentials") from error
    if claims.get("exp", time.time() + 1) <= time.time():
        raise legacy_error(401, "Token expired")
    return str(claims.get("sub", ""))


@dataclass(frozen=True, slots=True)
class Pollen:
    """One request: a model image and its input."""

    image: str
    input: JsonObject

    @property
    def on_replicate(self) -> bool:
        return self.image.startswith(REPLICATE)

    @property
    def name(self) -> str:
        return self.image.removeprefix(REPLICATE)

    @property
    def cid(self) -> str:
        text = json.dumps([self.image, self.input], sort_keys=True)
        return f"s3:{hashlib.sha256(text.encode()).hexdigest()}"

    @property
    def prompt(self) -> str:
        words = [value for value in self.input.values() if isinstance(value, str)]
        return " ".join(words) or self.name

    def message(self, status: str, output: Any = None, **more: Any) -> JsonObject:
        """A server message; all keys always present. The image comes back with its registry in front."""
        return {
            "image": self.image if self.on_replicate else IMAGE_PREFIX + self.image,
            "input": self.input,
            "output": output,
            "status": status,
            "cid": None,
            "queue_position": None,
            "logs": None,
            **more,
        }


def pollen_from(body: object, known: tuple[str, ...]) -> Pollen:
    """Check a request; 422 in the framework's shape, 404 for an unknown model."""
    fields = cast(JsonObject, body) if isinstance(body, dict) else {}
    missing: list[JsonObject] = [
        {"loc": ["body", name], "msg": "field required", "type": "value_error.missing"}
        for name, kind in (("image", str), ("input", dict))
        if not isinstance(fields.get(name), kind)
    ]
    if missing:
        raise legacy_error(422, missing)
    pollen = Pollen(fields["image"], fields["input"])
    if not pollen.on_replicate and pollen.name not in (*known, *KNOWN_ELSEWHERE):
        raise legacy_error(404, "Model not found")
    return pollen


class LegacyJobs:
    """Finished jobs by their content id, for as long as the sandbox runs."""

    def __init__(self) -> None:
        self._done: dict[str, JsonObject] = {}

    def find(self, cid: str) -> JsonObject | None:
        return self._done.get(cid)

    def all(self) -> list[JsonObject]:
        return list(self._done.values())

    async def work(self, service: Service, pollen: Pollen) -> tuple[bool, str, str]:
        """Do the job: whether it went well, the address of its file, its log. A prompt with the word `fail`
        fails, so that a client can see that."""
        if "fail" in pollen.prompt.lower().split():
            return False, "", "CUDA out of memory"
        seed = int(pollen.cid[-8:], 16)
        data = await service.make(picture, pollen.prompt, seed, SIDE, SIDE, kind="png")
        upload, _duplicate = service.media.add(data, "image/png", "out-0.png")
        address = f"{service.addresses.media_url}/{upload.id}"
        self._done[pollen.cid] = pollen.message("success", {"output": [address]}, cid=pollen.cid)
        return True, address, "100% done"
