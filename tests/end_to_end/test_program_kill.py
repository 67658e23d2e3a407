"""The window, a prompt, Generate, `kill -9`, start again: the picture arrives and is paid once."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest
from PIL import Image

from tests.end_to_end.programs import sandbox, start, to_its_end

pytestmark = pytest.mark.end_to_end


def test_a_killed_window_gets_its_picture_after_the_next_start(tmp_path: Path) -> None:
    # At twice the believable pace a picture still takes long enough to be interrupted.
    with sandbox("--speed", "0.5") as service:
        addresses = service.addresses | {"POLLINATIONS_API_KEY": service.said["key"]}
        killed = start(tmp_path, "generate", addresses)
        try:
            assert killed.stdout is not None
            job = json.loads(killed.stdout.readline())["job"]
        finally:
            killed.send_signal(signal.SIGKILL)
            killed.communicate()
        assert killed.returncode == -signal.SIGKILL
        assert list((tmp_path / "library").glob("20*/**/*")) == []

        arrived = to_its_end(start(tmp_path, "arrive", addresses))
        assert arrived["jobs"] == [[job, "done"]]
        (picture,) = arrived["pictures"]
        with Image.open(picture) as image:
            image.load()
        assert json.loads(Path(f"{picture}.json").read_bytes())["provenance"]["job_id"] == job
        sent = [r for r in service.requests() if r["path"].startswith("/image/a heron")]
        assert len([r for r in sent if float(r["billed"]) > 0]) == 1
        assert len({r["identity"] for r in sent if r["identity"]}) == 1
        assert {tuple(r["query"].items()) for r in sent} == {tuple(sent[0]["query"].items())}


def test_with_nobody_to_ask_the_library_is_shown(tmp_path: Path) -> None:
    with sandbox("--speed", "0") as service:
        addresses = service.addresses | {"POLLINATIONS_API_KEY": service.said["key"]}
        maker = start(tmp_path, "generate", addresses)
        assert maker.stdout is not None
        maker.stdout.readline()
        maker.send_signal(signal.SIGKILL)
        maker.communicate()
        made = to_its_end(start(tmp_path, "arrive", addresses))
        assert len(made["pictures"]) == 1
    # The sandbox is gone, so nobody listens at these addresses any more.
    shown = to_its_end(start(tmp_path, "look", addresses))
    assert shown == {"mode": "cloud", "online": False, "gallery": 1}
