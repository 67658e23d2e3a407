from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest

from studio.api.errors import ApiBadAnswer, ApiInterrupted, ApiNotFound, ApiPaymentError, ApiRequestError
from studio.core.errors import InputError, StorageError
from studio.domain.image import ImageRequest, VideoRequest
from studio.domain.media import MediaInput
from studio.domain.service import Progress, RetryNotice
from tests.api.loopback import Received, Reply, reply_json, serve
from tests.api.support import KEY, MP4, PNG, client_for

REQUEST = ImageRequest(prompt="a cat / 50% über?", model="vendor/flux.1", seed=42, width=640, height=512)


def png(_: Received) -> Reply:
    return Reply(
        headers={
            "content-type": "image/jpeg",
            "x-model-used": "flux",
            "x-usage-completion-image-tokens": "1",
            "x-request-id": "r-1",
            "x-cache": "HIT",
            "content-location": "https://media.example/1",
            "content-disposition": 'inline; filename="../a-cat.jpg"',
            "set-cookie": "no",
        },
        body=PNG,
    )


async def test_a_picture_is_written_and_explained(tmp_path: Path) -> None:
    seen: list[Progress] = []
    async with serve(png) as server, client_for(server.url) as client:
        result = await client.images.make(REQUEST, tmp_path / "x.part", progress=seen.append)
    assert (tmp_path / "x.part").read_bytes() == PNG
    assert (result.mime, result.size) == ("image/png", len(PNG))
    assert result.sha256 == hashlib.sha256(PNG).hexdigest()
    assert (result.model_used, result.request_id, result.cached) == ("flux", "r-1", True)
    assert result.suggested_name == "a-cat.jpg"
    assert result.source_url == "https://media.example/1"
    assert {key: int(value) for key, value in result.usage.amounts.items()} == {"completionImageTokens": 1}
    assert "set-cookie" not in result.headers
    assert seen[-1] == Progress(stage="receiving", done=len(PNG), total=len(PNG))
    (request,) = server.received
    assert request.target.startswith("/image/a%20cat%20%2F%2050%25%20%C3%BCber%3F?model=vendor%2Fflux.1&")
    assert request.params == [
        ("model", "vendor/flux.1"), ("width", "640"), ("height", "512"), ("seed", "42"),
    ]  # fmt: skip
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["user-agent"] == "Nectary-tests"


async def test_every_field_has_its_place_on_the_wire(tmp_path: Path) -> None:
    request = ImageRequest(
        prompt="x", model="m", seed=1, negative_prompt="blur", enhance=True, safe="nsfw", quality="high",
        transparent=True, reasoning="pro", guidance_scale=7.0, resolution="2k", aspectRatio="16:9",
        image=(MediaInput(url="https://a/1"), MediaInput(url="https://a/2?b=1")), no_cache=True,
        extra=(("nologo", "true"),),
    )  # fmt: skip
    async with serve(png) as server, client_for(server.url) as client:
        await client.images.make(request, tmp_path / "x")
    assert server.received[0].params == [
        ("model", "m"), ("seed", "1"), ("negative_prompt", "blur"), ("enhance", "true"), ("safe", "nsfw"),
        ("guidance_scale", "7"), ("resolution", "2k"), ("aspectRatio", "16:9"), ("no-cache", "true"),
        ("quality", "high"), ("transparent", "true"), ("reasoning", "pro"), ("nologo", "true"),
        ("image", "https://a/1|https://a/2?b=1"),
    ]  # fmt: skip


async def test_a_film_says_whether_it_has_sound_and_falls_back_to_the_older_route(tmp_path: Path) -> None:
    def handle(request: Received) -> Reply:
        if request.path.startswith("/video/"):
            return reply_json({"error": {"code": "NOT_FOUND", "message": "no"}}, 404)
        return Reply(headers={"content-type": "video/mp4"}, body=MP4)

    request = VideoRequest(
        prompt="sea", model="veo", seed=3, duration=4, fps=24.0, image=(MediaInput(url="http://a/1"),)
    )
    async with serve(handle) as server, client_for(server.url) as client:
        result = await client.images.make(request, tmp_path / "x")
    assert result.mime == "video/mp4"
    first, second = server.received
    assert first.params == second.params
    assert first.params == [
        ("model", "veo"), ("seed", "3"), ("duration", "4"), ("audio", "false"), ("fps", "24"), ("image", "http://a/1"),
    ]  # fmt: skip
    assert second.path == "/image/sea"


async def test_generations_decodes_the_picture(tmp_path: Path) -> None:
    def handle(_: Received) -> Reply:
        return reply_json(
            {
                "created": 1,
                "data": [{"b64_json": base64.b64encode(PNG).decode(), "revised_prompt": "a cat"}],
                "usage": {
                    "output_tokens": 1056,
                    "input_tokens_details": {"text_tokens": 14, "image_tokens": 0},
                },
            }
        )

    request = ImageRequest(
        prompt="a cat", model="flux", seed=42, route="generations", width=1024, height=1024
    )
    async with serve(handle) as server, client_for(server.url) as client:
        result = await client.images.make(request, tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == PNG
    assert result.revised_prompt == "a cat"
    assert {k: int(v) for k, v in result.usage.amounts.items()} == {
        "promptTextTokens": 14,
        "completionImageTokens": 1056,
    }
    assert server.received[0].json == {
        "prompt": "a cat", "model": "flux", "n": 1, "size": "1024x1024", "response_format": "b64_json",
        "seed": 42,
    }  # fmt: skip


async def test_a_url_answer_is_fetched_without_the_key(tmp_path: Path) -> None:
    def handle(request: Received) -> Reply:
        if request.method == "POST":
            return reply_json({"data": [{"url": f"http://{request.headers['host']}/image/x?seed=1"}]})
        return png(request)

    request = ImageRequest(prompt="a", model="flux", seed=1, route="generations")
    async with serve(handle) as server, client_for(server.url) as client:
        result = await client.images.make(request, tmp_path / "x")
    assert result.source_url == f"{server.url}/image/x?seed=1"
    assert "authorization" in server.received[0].headers
    assert "authorization" not in server.received[1].headers


async def test_edits_send_files_as_multipart_with_the_same_bytes_each_time(tmp_path: Path) -> None:
    answers = iter(
        [Reply(status=503, body=b"no"), reply_json({"data": [{"b64_json": base64.b64encode(PNG).decode()}]})]
    )
    photo = tmp_path / "photo.png"
    photo.write_bytes(PNG)
    request = ImageRequest(
        prompt="purple sky", model="kontext", seed=7, route="edits",
        image=(MediaInput(path=str(photo), mime="image/png"), MediaInput(url="https://a/2")),
    )  # fmt: skip
    notices: list[RetryNotice] = []
    async with serve(lambda _: next(answers)) as server, client_for(server.url) as client:
        await client.images.make(request, tmp_path / "x", on_retry=notices.append)
    first, second = server.received
    assert first.body == second.body
    assert first.headers["content-type"] == second.headers["content-type"]
    assert first.body.count(PNG) == 1
    assert b'name="prompt"\r\n\r\npurple sky\r\n' in first.body
    assert b'name="image"\r\n\r\nhttps://a/2\r\n' in first.body
    assert b'name="image"; filename="photo.png"\r\nContent-Type: image/png\r\n\r\n' in first.body
    assert [n.attempt for n in notices] == [2]
    assert notices[0].reason == "The service is not available right now."


async def test_edits_with_addresses_try_objects_then_strings(tmp_path: Path) -> None:
    def handle(request: Received) -> Reply:
        if isinstance(request.json["image"][0], dict):
            return reply_json({"error": {"code": "BAD_REQUEST", "message": "expected string"}}, 400)
        return reply_json({"data": [{"b64_json": base64.b64encode(PNG).decode()}]})

    request = ImageRequest(
        prompt="both", model="m", seed=7, route="edits",
        image=(MediaInput(url="https://a/1"), MediaInput(url="https://a/2")),
    )  # fmt: skip
    async with serve(handle) as server, client_for(server.url) as client:
        await client.images.make(request, tmp_path / "x")
    assert server.received[0].json["image"] == [{"image_url": "https://a/1"}, {"image_url": "https://a/2"}]
    assert server.received[1].json["image"] == ["https://a/1", "https://a/2"]


async def test_an_older_server_gets_safe_as_a_word_it_knows(tmp_path: Path) -> None:
    def handle(request: Received) -> Reply:
        if dict(request.params)["safe"] == "nsfw":
            fields = {"safe": ["expected boolean"]}
            return reply_json(
                {"error": {"code": "BAD_REQUEST", "message": "x", "details": {"fieldErrors": fields}}}, 400
            )
        return png(request)

    request = ImageRequest(prompt="x", model="m", seed=1, safe="nsfw")
    async with serve(handle) as server, client_for(server.url) as client:
        await client.images.make(request, tmp_path / "x")
    assert [dict(r.params)["safe"] for r in server.received] == ["nsfw", "true"]


@pytest.mark.parametrize("prompt", ["", "  ", ".", "..", "a\ud800b"])
async def test_prompts_that_cannot_be_sent_are_told_before(tmp_path: Path, prompt: str) -> None:
    async with client_for("http://127.0.0.1:9") as client:
        with pytest.raises(InputError) as error:
            await client.images.make(ImageRequest(prompt=prompt, model="m", seed=1), tmp_path / "x")
    assert error.value.field == "prompt"


@pytest.mark.parametrize("prompt", ["/", "a/../b", "?#&", "line\nbreak", "100%", "%2F", "…", "a b", "\\"])
async def test_prompts_arrive_as_written(tmp_path: Path, prompt: str) -> None:
    async with serve(png) as server, client_for(server.url) as client:
        await client.images.make(ImageRequest(prompt=prompt, model="m", seed=1), tmp_path / "x")
    assert server.received[0].segments == ["image", prompt]


async def test_a_reference_without_an_address_is_told(tmp_path: Path) -> None:
    request = ImageRequest(prompt="x", model="m", seed=1, image=(MediaInput(path="/a.png"),))
    async with client_for("http://127.0.0.1:9") as client:
        with pytest.raises(InputError) as error:
            await client.images.make(request, tmp_path / "x")
    assert error.value.field == "image"


@pytest.mark.parametrize(
    ("mime", "body"),
    [
        ("application/json", b'{"ok":true}'),
        ("text/html", b"<!doctype html><title>Hotel Wi-Fi</title>"),
        ("image/png", b'{"error":"hidden"}'),
        ("image/jpeg", b"<html>sign in</html>"),
        ("text/plain", b"busy"),
    ],
)
async def test_a_good_status_with_something_else_is_an_error(tmp_path: Path, mime: str, body: bytes) -> None:
    reply = Reply(headers={"content-type": mime}, body=body)
    async with serve(lambda _: reply) as server, client_for(server.url) as client:
        with pytest.raises(ApiBadAnswer):
            await client.images.make(REQUEST, tmp_path / "x")
    assert len(server.received) == 1
    assert not (tmp_path / "x").exists()


async def test_a_cut_picture_is_asked_for_again_with_the_same_url(tmp_path: Path) -> None:
    whole = png(None)  # type: ignore[arg-type]
    cut = Reply(headers=whole.headers, body=PNG, cut=20)
    answers = iter([cut, cut, whole])
    waits: list[float] = []
    async with serve(lambda _: next(answers)) as server, client_for(server.url, waits=waits) as client:
        result = await client.images.make(REQUEST, tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == PNG
    assert result.size == len(PNG)
    assert waits == [2.0, 4.0]
    assert len({request.target for request in server.received}) == 1


async def test_an_empty_picture_is_interrupted(tmp_path: Path) -> None:
    reply = Reply(headers={"content-type": "image/png"})
    async with serve(lambda _: reply) as server, client_for(server.url) as client:
        with pytest.raises(ApiInterrupted):
            await client.images.make(REQUEST, tmp_path / "x")
    assert len(server.received) == 4


async def test_no_pollen_is_told_at_once(tmp_path: Path) -> None:
    body = {
        "error": {"code": "KEY_BUDGET_EXHAUSTED", "message": "m", "fixUrl": "https://enter.x/edit-key?id=1"}
    }
    async with serve(lambda _: reply_json(body, 402)) as server, client_for(server.url) as client:
        with pytest.raises(ApiPaymentError) as error:
            await client.images.make(REQUEST, tmp_path / "x")
    assert error.value.kind == "key_budget"
    assert error.value.actions[0].argument == "https://enter.x/edit-key?id=1"
    assert len(server.received) == 1


async def test_a_missing_image_route_is_not_tried_elsewhere(tmp_path: Path) -> None:
    reply = reply_json({"error": "Not found"}, 404)
    async with serve(lambda _: reply) as server, client_for(server.url) as client:
        with pytest.raises(ApiNotFound):
            await client.images.make(REQUEST, tmp_path / "x")
        assert len(server.received) == 1
        with pytest.raises(ApiRequestError):
            await client.images.make(VideoRequest(prompt="x", model="v", seed=1), tmp_path / "x")
        assert len(server.received) == 3


async def test_a_full_disk_is_told_as_such() -> None:
    async with serve(png) as server, client_for(server.url) as client:
        with pytest.raises(StorageError, match="full"):
            await client.images.make(REQUEST, Path("/dev/full"))
    assert len(server.received) == 1
    assert Path("/dev/full").exists()


async def test_a_key_thrown_back_in_headers_is_not_kept(tmp_path: Path) -> None:
    thrown = {
        name: f"x {KEY}" if name != "content-location" else f"https://a.b/c?key={KEY}"
        for name in ("x-model-used", "x-request-id", "content-location", "x-safety-note")
    } | {"content-disposition": f'inline; filename="{KEY}.png"', "content-type": "image/png"}
    async with serve(lambda _: Reply(body=PNG, headers=thrown)) as server, client_for(server.url) as client:
        result = await client.images.make(ImageRequest(prompt="p", model="flux", seed=7), tmp_path / "x")
    assert KEY not in repr(result)
    assert result.model_used.startswith("x ")
