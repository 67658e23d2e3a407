"""Files in conversations: attached, sent, refused; pictures and sounds of answers filed."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import random
import wave
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from studio.core.errors import InputError, StudioError
from studio.domain.conversation import AttachmentPiece, BlockPiece, ChatDraft, MessageState, TextPiece
from studio.domain.library import LibraryQuery
from studio.domain.media import MediaKind
from studio.domain.models import ModelInfo
from studio.sandbox.server import SandboxServer
from studio.services import chat_files
from studio.services.chat_attachments import placeholder, refusal
from studio.services.chat_live import Sound
from tests.services.talk import sample, talking, talking_to


def png() -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((40, 30)).save(out, "PNG")
    return out.getvalue()


def wav(seconds: float = 0.5) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\1\2" * int(8000 * seconds))
    return out.getvalue()


def large_png() -> bytes:
    """A picture of noise, too large for the body of a request."""
    out = io.BytesIO()
    Image.frombytes("RGB", (1500, 1200), random.Random(1).randbytes(1500 * 1200 * 3)).save(
        out, "PNG", compress_level=0
    )
    return out.getvalue()


PDF = b"%PDF-1.4\n1 0 obj <</Type /Catalog>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n"


async def test_each_kind_goes_along_in_its_own_way(tmp_path: Path) -> None:
    async with talking(tmp_path / "studio") as talk:
        (tmp_path / "note.md").write_text("# Herons\nThey wade.", encoding="utf-8")
        (tmp_path / "paper.pdf").write_bytes(PDF)
        picture = await talk.chat.attach_bytes(png(), mime="image/png", name="pasted.png")
        note = await talk.chat.attach_file(tmp_path / "note.md")
        paper = await talk.chat.attach_file(tmp_path / "paper.pdf")
        assert [(p.kind, p.mime, p.name) for p in (picture, note, paper)] == [
            (MediaKind.IMAGE, "image/png", "pasted.png"),
            (MediaKind.TEXT, "text/markdown", "note.md"),
            (MediaKind.OTHER, "application/pdf", "paper.pdf"),
        ]
        draft = ChatDraft(text="What is this?", attachments=(picture, note, paper))
        await talk.chat.send(talk.conversation.id, draft)
        answer = await talk.idle()
        assert answer.state is MessageState.COMPLETE, answer.error
        parts = talk.server.requests()[-1]["body"]["messages"][0]["content"]
        assert [part["type"] for part in parts] == ["text", "image_url", "text", "file"]
        assert parts[1]["image_url"]["url"].startswith("data:image/png;base64,")
        assert parts[2]["text"] == "note.md:\n\n# Herons\nThey wade."
        assert parts[3]["file"]["file_name"] == "paper.pdf"


async def test_sound_goes_to_a_model_that_listens(tmp_path: Path) -> None:
    async with talking(tmp_path, model="openai-audio") as talk:
        sound = await talk.chat.attach_bytes(wav(), mime="audio/wav", name="hello.wav")
        draft = ChatDraft(text="What do you hear?", attachments=(sound,))
        await talk.chat.send(talk.conversation.id, draft)
        await talk.idle()
        part = talk.server.requests()[-1]["body"]["messages"][0]["content"][1]
        assert part["input_audio"]["format"] == "wav"
        assert base64.b64decode(part["input_audio"]["data"]) == wav()


async def test_what_a_model_cannot_take_is_refused_with_the_reason(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        sound = await talk.chat.attach_bytes(wav(), mime="audio/wav", name="hello.wav")
        draft = ChatDraft(text="Listen", attachments=(sound,))
        plan = talk.chat.plan(await talk.chat.conversation(talk.conversation.id), [], draft)
        assert plan.problem == "GPT-5.4 Nano does not take sound."
        assert plan.field == "attachments"
        with pytest.raises(InputError, match="does not take sound"):
            await talk.chat.send(talk.conversation.id, draft)
        # An older question keeps its file when the model changes; the model is told that it is left out.
        await talk.chat.set_options(talk.conversation.id, model="openai-audio")
        await talk.chat.send(talk.conversation.id, draft)
        await talk.idle()
        await talk.chat.set_options(talk.conversation.id, model="openai")
        await talk.say("And now?")
        first = talk.server.requests()[-1]["body"]["messages"][0]["content"]
        assert "left out: GPT-5.4 Nano does not take sound." in first


async def test_the_same_file_twice_is_one_asset(tmp_path: Path) -> None:
    async with talking(tmp_path / "studio") as talk:
        (tmp_path / "heron.png").write_bytes(png())
        first, second = await asyncio.gather(
            talk.chat.attach_file(tmp_path / "heron.png"),
            talk.chat.attach_bytes(png(), mime="image/png", name="pasted.png"),
        )
        assert first.asset_id == second.asset_id
        assert {first.name, second.name} == {"heron.png", "pasted.png"}
        library = talk.studio.services.library
        assert await library.count(LibraryQuery()) == 1
        assert talk.studio.incoming() == []
        # What lies in the trash is not taken out of it.
        await library.trash([first.asset_id])
        third = await talk.chat.attach_file(tmp_path / "heron.png")
        assert third.asset_id != first.asset_id


async def test_a_large_picture_goes_by_a_link_that_is_told_before_and_remembered(tmp_path: Path) -> None:
    def uploads(server: SandboxServer) -> int:
        return sum(request["path"].endswith("/upload") for request in server.requests())

    with SandboxServer(speed=0) as server:
        async with talking_to(server, tmp_path) as talk:
            large = await talk.chat.attach_bytes(large_png(), mime="image/png", name="noise.png")
            small = await talk.chat.attach_bytes(png(), mime="image/png", name="small.png")
            draft = ChatDraft(text="What is this?", attachments=(large, small))
            plan = talk.chat.plan(talk.conversation, [], draft)
            assert plan.public == {large.asset_id}
            assert "link to the uploaded file" in plan.preview()
            assert uploads(server) == 0
            await talk.chat.send(talk.conversation.id, draft)
            answer = await talk.idle()
            assert answer.state is MessageState.COMPLETE, answer.error
            parts = server.requests()[-1]["body"]["messages"][0]["content"]
            url = parts[1]["image_url"]["url"]
            assert url.startswith(server.media_url)
            assert parts[2]["image_url"]["url"].startswith("data:image/png")
            assert uploads(server) == 1
        async with talking_to(server, tmp_path) as talk:
            draft = ChatDraft(text="And this?", attachments=(large,))
            await talk.chat.send(talk.conversation.id, draft)
            await talk.idle()
            assert server.requests()[-1]["body"]["messages"][0]["content"][1]["image_url"]["url"] == url
            assert uploads(server) == 1


async def test_many_pictures_share_the_room_of_a_body(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        pieces = tuple(
            AttachmentPiece(asset_id=str(n), kind=MediaKind.IMAGE, mime="image/png", size=4_000_000)
            for n in range(5)
        )
        plan = talk.chat.plan(talk.conversation, [], ChatDraft(text="These", attachments=pieces))
        assert plan.public == {"3", "4"}


async def test_what_cannot_be_attached(tmp_path: Path) -> None:
    async with talking(tmp_path / "studio") as talk:
        (tmp_path / "program.bin").write_bytes(b"\0\1\2" * 100)
        (tmp_path / "empty.txt").write_bytes(b"")
        for name in ("program.bin", "empty.txt", "missing.png", "."):
            with pytest.raises(StudioError):
                await talk.chat.attach_file(tmp_path / name)
        with pytest.raises(StudioError):
            await talk.chat.attach_bytes(b"x" * 3_000_000, mime="text/plain", name="long.txt")
        with pytest.raises(StudioError):
            await talk.chat.attach_bytes(png()[:60], mime="image/png", name="torn.png")


def test_refusals_by_kind() -> None:
    model = ModelInfo(name="m", title="M", input_modalities=("text", "image"), publisher="Meta")
    reads = replace(model, publisher="Google")

    def piece(kind: MediaKind, mime: str, size: int = 10) -> AttachmentPiece:
        return AttachmentPiece(asset_id="a", kind=kind, mime=mime, name="f", size=size)

    assert refusal(None, piece(MediaKind.VIDEO, "video/mp4")) == ""
    assert refusal(model, piece(MediaKind.IMAGE, "image/png")) == ""
    assert "Only JPEG" in refusal(model, piece(MediaKind.IMAGE, "image/tiff"))
    assert refusal(model, piece(MediaKind.VIDEO, "video/mp4")) == "M does not take films."
    assert refusal(model, piece(MediaKind.OTHER, "application/pdf")) == "M does not read PDF files."
    assert refusal(reads, piece(MediaKind.OTHER, "application/pdf")) == ""
    assert refusal(model, piece(MediaKind.OTHER, "application/zip")) == "Files of this kind cannot be sent."
    assert "too large" in refusal(model, piece(MediaKind.IMAGE, "image/png", 10**9))
    for kind in (MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.SPEECH, MediaKind.TEXT, MediaKind.OTHER):
        assert placeholder(piece(kind, "application/pdf"))


async def test_pictures_of_an_answer_become_assets(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        talk.plays(sample("chat_completions.content_blocks.response.json"), content_type="application/json")
        answer = await talk.say("Plot it")
        assert answer.text == "Here is the plot."
        (picture,) = answer.attachments
        asset = await talk.studio.services.library.asset(picture.asset_id)
        assert asset is not None
        assert (asset.kind, asset.prompt, picture.source) == (MediaKind.IMAGE, "Plot it", "answer")
        assert asset.provenance.request["message_id"] == answer.id
        assert asset.provenance.model == answer.model


async def test_remote_pictures_are_never_fetched(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        block = {"type": "image_url", "image_url": {"url": f"{talk.server.media_url}/secret.png"}}
        message = {"role": "assistant", "content": "See", "content_blocks": [block]}
        body = json.dumps({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})
        before = len(talk.server.requests())
        talk.plays(body, content_type="application/json")
        answer = await talk.say("Plot it")
        assert answer.pieces == (TextPiece(text="See"), BlockPiece(block=block))
        assert len(talk.server.requests()) == before + 1


async def test_a_spoken_answer_is_filed_with_what_is_said(tmp_path: Path) -> None:
    async with talking(tmp_path, model="openai-audio") as talk:
        parameters = replace(talk.conversation.parameters, spoken=True, voice="alloy")
        await talk.chat.set_options(talk.conversation.id, parameters=parameters)
        answer = await talk.say("Say hello")
        assert answer.state is MessageState.COMPLETE, answer.error
        (sound,) = answer.attachments
        assert sound.transcript
        asset = await talk.studio.services.library.asset(sound.asset_id)
        assert asset is not None
        assert (asset.kind, asset.mime) == (MediaKind.SPEECH, "audio/wav")
        assert asset.duration is not None
        assert asset.duration > 0
        asked = talk.server.requests()[-1]["body"]
        assert asked["audio"] == {"voice": "alloy", "format": "pcm16"}


async def test_a_sound_of_two_samples_and_a_whole_one(tmp_path: Path) -> None:
    async with talking(tmp_path, model="openai-audio") as talk:
        talk.plays(sample("chat_completions.stream.audio.txt"))
        answer = await talk.say("Say hello")
        said = answer.attachments[0].transcript if answer.attachments else answer.text
        assert (answer.state, said) == (MessageState.COMPLETE, "Hello.")
        talk.plays(sample("chat_completions.audio.response.json"), content_type="application/json")
        answer = await talk.say("Say hello")
        assert answer.state is MessageState.COMPLETE


def test_bare_samples_get_a_header_and_files_stay() -> None:
    bare = Sound(pieces=[base64.b64encode(b"\0\0" * 240).decode()])
    with wave.open(io.BytesIO(chat_files.playable(bare)), "rb") as file:
        assert (file.getframerate(), file.getnchannels(), file.getnframes()) == (24_000, 1, 240)
    whole = Sound(pieces=[base64.b64encode(wav()).decode()], format="wav")
    assert chat_files.playable(whole) == wav()
    assert chat_files.playable(Sound()) == b""


@pytest.mark.parametrize(
    "block",
    [
        {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}},
        {"type": "image_url", "image_url": {"url": "data:text/html;base64,PGI+"}},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,???"}},
        {"type": "image_url", "image_url": "file:///etc/passwd"},
        {"type": "image_url", "image_url": 5},
        {"inline_data": "x"},
        {},
    ],
)
def test_only_bytes_in_the_block_itself_are_taken(block: dict[str, object]) -> None:
    assert chat_files.inline_data(block)[1] == b""
