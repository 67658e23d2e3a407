"""The retired service's tokens and jobs (CONTRACT 12)."""

from __future__ import annotations

import asyncio
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
ANSWERS_WITH_WORDS = ("pollinations/blip", "pollinations/clip-interrogator")


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

    @property
    def outputs(self) -> int:
        """How many files are asked for."""
        wanted = self.input.get("num_outputs")
        return min(max(wanted, 1), 8) if isinstance(wanted, int) else 1

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


@dataclass(frozen=True, slots=True)
class Made:
    """How a job ended: the addresses of its files, or the text that it answers with."""

    good: bool
    files: tuple[str, ...] = ()
    words: str = ""
    log: str = ""

    @property
    def output(self) -> list[str]:
        return [self.words] if self.words else list(self.files)


class LegacyJobs:
    """Jobs by their content id, for as long as the sandbox runs: one that runs is joined, one that went well
    is answered from what was kept."""

    def __init__(self) -> None:
        self._done: dict[str, JsonObject] = {}
        self._running: dict[str, asyncio.Task[Made]] = {}
        self.runs = 0
        """How many jobs were really carried out."""

    def find(self, cid: str) -> JsonObject | None:
        return self._done.get(cid)

    def all(self) -> list[JsonObject]:
        return list(self._done.values())

    def start(self, service: Service, pollen: Pollen, seconds: float) -> asyncio.Task[Made]:
        """The job under way for this request, or a new one that takes `seconds`."""
        task = self._running.get(pollen.cid)
        if task is None:
            task = self._running[pollen.cid] = service.spawn(self._work(service, pollen, seconds))
            task.add_done_callback(lambda _task: self._running.pop(pollen.cid, None))
        return task

    async def _work(self, service: Service, pollen: Pollen, seconds: float) -> Made:
        """Do the job. A prompt with the word `fail` fails, so that a client can see that."""
        self.runs += 1
        await service.work_for(seconds)
        if "fail" in pollen.prompt.lower().split():
            return Made(good=False, log="CUDA out of memory")
        seed = int(pollen.cid[-8:], 16)
        if pollen.name in ANSWERS_WITH_WORDS:
            made = Made(good=True, words=f"A {pollen.prompt.split('/')[-1]}, drawn by hand.", log="100% done")
        else:
            files: list[str] = []
            for number in range(pollen.outputs):
                data = await service.make(picture, pollen.prompt, seed + number, SIDE, SIDE, kind="png")
                upload, _duplicate = service.media.add(data, "image/png", f"out-{number}.png")
                files.append(f"{service.addresses.media_url}/{upload.id}")
            made = Made(good=True, files=tuple(files), log="100% done")
        self._done[pollen.cid] = pollen.message("success", {"output": made.output}, cid=pollen.cid)
        return made
