from __future__ import annotations

import base64
import json

import httpx

from studio.sandbox.account import PUBLISHABLE_KEY
from studio.sandbox.server import SandboxServer

FILE = {"file": ("tiny.png", b"\x89PNG tiny", "image/png")}


def test_upload_and_fetch(server: SandboxServer, http: httpx.Client, client_of, sample) -> None:
    made = http.post("/media-host/upload", files=FILE).json()
    assert set(made) == set(json.loads(sample("media_upload.response.json")))
    assert made["url"] == f"{server.media_url}/{made['id']}"
    anyone = client_of(server, key=None)
    fetched = anyone.get(made["url"])
    assert fetched.content == b"\x89PNG tiny"
    assert fetched.headers["content-disposition"] == "inline; filename*=UTF-8''tiny.png"
    assert "immutable" in fetched.headers["cache-control"]
    head = anyone.head(made["url"])
    assert (head.headers["content-length"], head.headers["x-content-id"]) == ("9", made["id"])
    assert head.content == b""
    assert anyone.get(made["url"] + "/metadata").json()["size"] == 9
    assert http.post("/media-host/upload", files=FILE).json()["id"] != made["id"]


def test_the_seed_era_knows_files_by_content(seed_http: httpx.Client, sample) -> None:
    first = seed_http.post("/media-host/upload", files=FILE).json()
    assert set(first) == set(json.loads(sample("media_upload.response.seed_era.json")))
    raw = seed_http.post(
        "/media-host/upload", content=b"\x89PNG tiny", headers={"content-type": "image/png"}
    ).json()
    assert (raw["id"], raw["duplicate"], first["duplicate"]) == (first["id"], True, False)
    assert len(first["id"]) == 16
    assert seed_http.head(first["url"]).headers["x-content-hash"] == first["id"]


def test_json_uploads_tags_and_custom_ids(http: httpx.Client) -> None:
    body = {"data": base64.b64encode(b"abc").decode(), "contentType": "text/plain", "name": "a.txt"}
    assert http.post("/media-host/upload", json=body).json()["contentType"] == "text/plain"
    tagged = http.post("/media-host/upload", json={**body, "tags": ["sunset"], "id": "my-id"})
    assert tagged.json()["id"] == "my-id"
    assert tagged.json()["tags"] == ["sunset"]
    assert http.post("/media-host/upload", json={**body, "id": "my-id"}).status_code == 409
    assert http.get("/media-host/my-id").headers["cache-control"] == "no-store"
    listed = http.get("/media-host/media?tag=sunset").json()
    assert [item["id"] for item in listed["items"]] == ["my-id"]
    assert http.delete("/media-host/media/my-id").json() == {"deleted": True, "id": "my-id"}
    assert http.get("/media-host/my-id").status_code == 404


def test_lists_have_pages(http: httpx.Client) -> None:
    for number in range(3):
        http.post("/media-host/upload", files=FILE, data={"tags": f"all,n{number}"})
    first = http.get("/media-host/media?limit=2").json()
    assert (len(first["items"]), first["hasMore"]) == (2, True)
    rest = http.get(f"/media-host/media?limit=2&cursor={first['nextCursor']}").json()
    assert (len(rest["items"]), rest["hasMore"], rest["nextCursor"]) == (1, False, None)


def test_errors_have_the_host_s_own_shape(server: SandboxServer, http: httpx.Client, client_of) -> None:
    def error(answer: httpx.Response) -> tuple[int, str]:
        assert set(answer.json()) == {"error"}
        return answer.status_code, answer.json()["error"]

    anyone = client_of(server, key=None)
    assert error(anyone.post("/media-host/upload", files=FILE)) == (401, "Invalid or expired API key")
    assert error(http.post("/media-host/upload", files={"file": ("a", b"")})) == (400, "Empty file")
    assert (
        error(http.post("/media-host/upload", content=b"x", headers={"content-type": "image/png"}))[0] == 400
    )
    assert error(http.get("/media-host/nope")) == (404, "Not found")
    assert error(http.get("/media-host/a/b/c")) == (404, "Not found")
    untagged = http.post("/media-host/upload", files=FILE).json()["id"]
    assert error(http.delete(f"/media-host/media/{untagged}"))[0] == 403
    publishable = client_of(server, key=PUBLISHABLE_KEY)
    assert publishable.post("/media-host/upload", files=FILE).status_code == 200
    assert error(publishable.delete(f"/media-host/media/{untagged}"))[0] == 403


def test_the_seed_era_takes_ten_megabytes(seed_http: httpx.Client) -> None:
    answer = seed_http.post("/media-host/upload", files={"file": ("a", bytes(10 * 1024 * 1024 + 1))})
    assert (answer.status_code, answer.json()) == (413, {"error": "File too large. Max size: 10MB"})


def test_files_run_out(http: httpx.Client) -> None:
    made = http.post("/media-host/upload", files=FILE).json()
    http.post("/_sandbox/expire", json={"media": made["id"]})
    assert http.head(made["url"]).status_code == 404
