from __future__ import annotations

import base64
import io

import httpx
import pytest
from PIL import Image

from studio.sandbox.server import SandboxServer

SIZE = {"width": "64", "height": "48"}
SMALL = "width=64&height=48"  # for addresses with a query: httpx drops it when it also gets params


def _png(colour: str = "red") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (32, 32), colour).save(out, "PNG")
    return out.getvalue()


def _fields(answer: httpx.Response) -> set[str]:
    assert answer.status_code == 400, answer.text
    return set(answer.json()["error"]["details"]["fieldErrors"])


def test_a_picture_has_the_asked_size_and_the_headers(http: httpx.Client) -> None:
    answer = http.get("/image/a%20cat%2Fin%20space%3F", params={"model": "flux", "seed": "5", **SIZE})
    assert answer.status_code == 200
    assert Image.open(io.BytesIO(answer.content)).size == (64, 48)
    headers = answer.headers
    assert headers["content-type"] == "image/jpeg"
    assert headers["content-disposition"] == 'inline; filename="a-cat-in-space.jpg"'
    assert headers["x-model-used"] == "flux"
    assert headers["x-usage-completion-image-tokens"] == "1"
    assert headers["x-pollen-cost"] == "0.002"
    assert headers["x-cache"] == "HIT"  # also when fresh: a hit does not mean free
    assert headers["x-request-id"]
    assert http.get(headers["content-location"]).content == answer.content


def test_the_seed_era_says_less(seed_http: httpx.Client) -> None:
    answer = seed_http.get("/image/a%20cat", params={"model": "flux", **SIZE})
    assert answer.headers["x-cache"] == "MISS"
    assert "x-pollen-cost" not in answer.headers
    assert "content-location" not in answer.headers
    again = seed_http.get("/image/a%20cat", params={"model": "flux", **SIZE})
    assert again.headers["x-cache"] == "HIT"


def test_kinds_follow_the_model(http: httpx.Client) -> None:
    svg = http.get(f"/image/bee?model=recraft/recraft-v4.1-vector&{SMALL}")
    assert svg.headers["content-type"] == "image/svg+xml"
    assert "sandbox" in svg.headers["content-security-policy"]
    clear = http.get(f"/image/bee?model=gptimage&transparent=true&{SMALL}")
    assert clear.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(clear.content)).mode == "RGBA"
    assert int(clear.headers["x-usage-completion-image-tokens"]) >= 1


def test_wrong_parameters_are_all_named(http: httpx.Client) -> None:
    asked = {"width": "wide", "seed": "-5", "quality": "best", "image": "data:image/png;base64,AAAA"}
    assert _fields(http.get("/image/x", params={"model": "kontext", **asked})) == {
        "width",
        "seed",
        "quality",
        "image",
    }
    assert _fields(http.get("/image/x?model=flux-2-pro&width=1000&height=1024")) == {"width"}
    assert _fields(http.get("/image/x?model=veo&duration=5")) == {"duration"}
    assert _fields(http.get("/image/x?model=grok-imagine-image-2.0&resolution=8k")) == {"resolution"}


@pytest.mark.parametrize("path", ["/image/%20", "/image/.", "/image/"])
def test_empty_prompts_are_refused(server: SandboxServer, path: str) -> None:
    import http.client

    connection = http.client.HTTPConnection(*server.base_url.removeprefix("http://").split(":"))
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {server.key}"})
        assert connection.getresponse().status == 400
    finally:
        connection.close()


def test_references_are_fetched_counted_and_checked(http: httpx.Client) -> None:
    url = http.post("/media-host/upload", files={"file": ("a.png", _png())}).json()["url"]
    good = http.get("/image/red", params={"model": "kontext", **SIZE, "image": url})
    assert good.status_code == 200
    gone = http.get("/image/red", params={"model": "kontext", **SIZE, "image": url + "x"})
    assert (gone.status_code, gone.json()["error"]["code"]) == (400, "failed_to_download_image")
    none = http.get("/image/red", params={"model": "flux", **SIZE, "image": url})
    assert "does not accept image input" in none.json()["error"]["message"]
    many = http.get(
        "/image/red", params={"model": "grok-imagine-image-2.0", **SIZE, "image": "|".join([url] * 4)}
    )
    assert "at most 3" in many.json()["error"]["message"]


def test_safety(http: httpx.Client, seed_http: httpx.Client) -> None:
    blocked = http.get(f"/image/a%20bloodbath?safe=nsfw&{SMALL}")
    assert (blocked.status_code, blocked.json()["error"]["code"]) == (400, "content_blocked")
    assert blocked.json()["error"]["safety"]["triggered"] == ["violence"]
    unknown = http.get(f"/image/x?safe=foo&{SMALL}")
    assert unknown.json()["error"]["code"] == "invalid_safe"
    hidden = http.get(f"/image/write%20to%20a@b.org?safe=privacy&{SMALL}")
    assert hidden.headers["x-safety-redacted"] == "privacy"
    assert _fields(seed_http.get(f"/image/x?safe=nsfw&{SMALL}")) == {"safe"}
    assert seed_http.get(f"/image/x?safe=true&{SMALL}").status_code == 200


def test_films(http: httpx.Client, seed_http: httpx.Client) -> None:
    silent = http.get("/video/the%20sea?model=veo&duration=4&audio=false")
    assert silent.headers["content-type"] == "video/mp4"
    assert silent.headers["x-pollen-cost"] == "0.32"
    # Nothing said about sound means sound, which costs extra.
    assert http.get("/image/the%20sea?model=veo&duration=4").headers["x-pollen-cost"] == "0.4"
    assert http.get("/video/x?model=flux").status_code == 400
    assert seed_http.get("/video/x").status_code == 404
    seedance = seed_http.get("/image/x?model=seedance&duration=5")
    assert seedance.headers["x-usage-completion-video-tokens"] == "108000"


def test_posted_pictures(http: httpx.Client, seed_http: httpx.Client) -> None:
    asked = {"prompt": "a cat", "model": "gptimage", "size": "64x64", "quality": "standard"}
    answer = http.post("/v1/images/generations", json=asked).json()
    assert Image.open(io.BytesIO(base64.b64decode(answer["data"][0]["b64_json"]))).size == (64, 64)
    assert answer["data"][0]["revised_prompt"] == "a cat"
    assert (
        answer["usage"]["total_tokens"] == answer["usage"]["input_tokens"] + answer["usage"]["output_tokens"]
    )
    vector = {"prompt": "bee logo", "model": "recraft-v4.1-vector", "size": "64x64"}
    assert http.post("/v1/images/generations", json=vector).json()["data"][0]["media_type"] == "image/svg+xml"
    assert (
        "usage" not in seed_http.post("/v1/images/generations", json={"prompt": "x", "size": "64x64"}).json()
    )
    assert _fields(http.post("/v1/images/generations", json={"n": 2, "size": "big"})) == {
        "n",
        "size",
        "prompt",
    }
    assert _fields(http.post("/v1/images/generations", json={"prompt": "x", "seed": "5"})) == {"seed"}


def test_url_answers_are_public(server: SandboxServer, http: httpx.Client, client_of) -> None:
    asked = {"prompt": "a cat / dog", "size": "64x64", "response_format": "url"}
    url = http.post("/v1/images/generations", json=asked).json()["data"][0]["url"]
    keyless = client_of(server, key=None)
    assert keyless.get(url).headers["content-type"] == "image/jpeg"
    assert keyless.get(url + "1").status_code == 401
    assert len(http.get("/account/usage").json()["usage"]) == 1


def test_edits_by_json_are_strict_about_lists(http: httpx.Client, seed_http: httpx.Client) -> None:
    one = {"prompt": "red", "model": "kontext", "size": "64x64", "image": "https://example.org/a.png"}
    several = {**one, "model": "nanobanana", "image": ["https://example.org/a.png"]}
    uri = "data:image/png;base64," + base64.b64encode(_png()).decode()
    objects = {**several, "image": [{"image_url": "https://example.org/a.png"}, {"image_url": uri}]}
    assert http.post("/v1/images/edits", json=one).status_code == 200
    assert _fields(http.post("/v1/images/edits", json=several)) == {"image"}
    assert http.post("/v1/images/edits", json=objects).status_code == 200
    assert seed_http.post("/v1/images/edits", json=several).status_code == 200


def test_edits_by_form(http: httpx.Client) -> None:
    fields = {"prompt": "blue", "model": "nanobanana", "size": "64x64"}
    files = [("image[]", ("a.png", _png(), "image/png")), ("image[]", ("b.png", _png("blue"), "image/png"))]
    answer = http.post("/v1/images/edits", data=fields, files=files)
    assert answer.status_code == 200
    assert answer.json()["usage"]["input_tokens_details"]["image_tokens"] == 2 * 258
    wrong = http.post("/v1/images/edits", data=fields, files={"image": ("a.png", b"not a picture")})
    assert wrong.json()["error"]["code"] == "unsupported_image_media_type"
    assert _fields(http.post("/v1/images/edits", data=fields, files={"other": ("a", b"x")})) == {"image"}
