"""Conversations to files and back, with real files in a real library."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import pytest

from studio.core.errors import InputError, StorageError
from studio.domain.asset import Asset, AssetDraft
from studio.domain.chat_pages import PageOptions
from studio.domain.conversation import (
    AttachmentPiece,
    Message,
    MessageState,
    ReasoningPiece,
    TextPiece,
    ToolCallPiece,
)
from studio.domain.media import MediaKind
from studio.services import chat_export
from studio.services.chat_export import ChatExport
from studio.services.chat_store import ChatStore
from studio.services.library import LibraryService
from studio.services.profile import ProfileService
from tests.library.chats import answer, conversation, question
from tests.library.makers import encoded

EVERYTHING = PageOptions(reasoning=True, tool_calls=True)
LATEX = "$E=mc^2$"


@dataclass
class Rooms:
    store: ChatStore
    library: LibraryService
    export: ChatExport

    async def file(self, data: bytes, kind: MediaKind = MediaKind.OTHER, mime: str = "") -> Asset:
        incoming = self.library.incoming_path(f"job{len(data)}")
        incoming.write_bytes(data)
        return await self.library.store(incoming, AssetDraft(kind=kind, mime=mime, adopted=True))

    async def talk(self) -> list[Message]:
        """Two branches; the one that is shown has a picture, a note, and a file that is gone."""
        photo = await self.file(encoded())
        note = await self.file(b"# Note\n", MediaKind.TEXT, "text/markdown")
        attachments = (
            attached(photo, "../a/pier one?.png"),
            attached(note, "note.md"),
            AttachmentPiece(asset_id="gone", kind=MediaKind.VIDEO, mime="video/mp4", name="gone.mp4"),
        )
        messages = [
            question("q1", pieces=(TextPiece(text="What is **this**?"), *attachments)),
            answer("a1", "q1", text="The other branch."),
            answer(
                "a2",
                "q1",
                pieces=(
                    ReasoningPiece(text="Let me see.", seconds=1),
                    ToolCallPiece(id="t", name="look", arguments="{}", result="a pier"),
                    TextPiece(text=f"A pier.[^1] <script>alert(1)</script> {LATEX}\n\n[^1]: Note."),
                ),
                cost=Decimal("0.002"),
            ),
        ]
        await self.store.add(messages, conversation(title="Pier", leaf_id="a2", seen={"q1": "a2"}))
        return messages


def attached(asset: Asset, name: str) -> AttachmentPiece:
    return AttachmentPiece(
        asset_id=asset.id, kind=asset.kind, mime=asset.mime, name=name, size=asset.size, sha256=asset.sha256
    )


@asynccontextmanager
async def opened(folder: Path) -> AsyncGenerator[Rooms]:
    profile = ProfileService(folder / "profile")
    await profile.open()
    library = LibraryService(folder / "library")
    await library.open()
    store = ChatStore(profile)
    try:
        yield Rooms(store, library, ChatExport(store, library))
    finally:
        await store.close()
        await library.close()
        await profile.close()


async def test_markdown_with_its_files(tmp_path: Path) -> None:
    async with opened(tmp_path) as rooms:
        await rooms.talk()
        target = tmp_path / "out/Pier.md"
        done = await rooms.export.markdown("c1", target)
        assert (done.files, done.missing) == (2, ("gone.mp4",))
        page = target.read_text()
        assert "![../a/pier one?.png](Pier_files/01%20pier%20one.png)" in page
        assert "*Not included: gone.mp4*" in page
        assert "other branch" not in page
        assert "Let me see" not in page
        folder = tmp_path / "out/Pier_files"
        assert sorted(path.name for path in folder.iterdir()) == ["01 pier one.png", "02 note.md"]
        assert (folder / "01 pier one.png").read_bytes()[:4] == b"\x89PNG"
        with pytest.raises(InputError, match="is there already"):
            await rooms.export.markdown("c1", target)
        (folder / "mine.txt").write_text("mine")
        await rooms.export.markdown("c1", target, leaf_id="a1", options=EVERYTHING, overwrite=True)
        assert "other branch" in target.read_text()
        assert (folder / "mine.txt").read_text() == "mine"
        target.unlink()
        with pytest.raises(InputError, match="Pier_files is there already"):
            await rooms.export.markdown("c1", target)
        assert not target.exists()


async def test_html_is_one_file_and_safe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(tmp_path) as rooms:
        await rooms.talk()
        target = tmp_path / "Pier.html"
        done = await rooms.export.html("c1", target, options=EVERYTHING)
        assert (done.files, done.missing) == (2, ("gone.mp4",))
        page = target.read_text()
        assert 'src="data:image/png;base64,' in page
        assert "<strong>this</strong>" in page
        assert "<script" not in page
        assert "Let me see." in page
        assert LATEX.strip("$") in page
        with pytest.raises(InputError, match="is there already"):
            await rooms.export.html("c1", target)
        monkeypatch.setattr(chat_export, "LARGEST_EMBEDDED", 10)
        done = await rooms.export.html("c1", target, overwrite=True)
        assert done.missing == ("../a/pier one?.png", "gone.mp4")
        with pytest.raises(InputError, match="not there"):
            await rooms.export.html("unknown", target)


async def test_json_comes_back_beside_the_original(tmp_path: Path) -> None:
    async with opened(tmp_path) as rooms:
        messages = await rooms.talk()
        target = tmp_path / "Pier.json"
        assert (await rooms.export.json("c1", target)).missing == ("gone.mp4",)
        imported = await rooms.export.import_file(target)
        assert (imported.messages, imported.files, imported.unknown) == (3, 0, ())
        assert imported.missing == ("gone.mp4",)
        talk = imported.conversation
        nodes = await rooms.store.nodes(talk.id)
        copies = await rooms.store.messages([node.id for node in nodes])
        ids = {old.id: new.id for old, new in zip(messages, copies, strict=True)} | {"": ""}
        assert [copy.pieces for copy in copies] == [message.pieces for message in messages]
        assert [copy.parent_id for copy in copies] == [ids[message.parent_id] for message in messages]
        assert (talk.title, talk.leaf_id, talk.seen) == ("Pier", ids["a2"], {ids["q1"]: ids["a2"]})
        assert sorted(row.messages for row in await rooms.store.rows()) == [3, 3]
        assert len(await rooms.store.search("pier")) == 4


async def test_an_archive_brings_its_files(tmp_path: Path) -> None:
    target = tmp_path / "Pier.zip"
    async with opened(tmp_path / "one") as rooms:
        messages = await rooms.talk()
        assert (await rooms.export.json("c1", target)).files == 2
        await rooms.export.json("c1", target, overwrite=True)
    async with opened(tmp_path / "two") as rooms:
        imported = await rooms.export.import_file(target)
        assert (imported.messages, imported.files, imported.missing) == (3, 2, ("gone.mp4",))
        nodes = await rooms.store.nodes(imported.conversation.id)
        (first,) = await rooms.store.messages([nodes[0].id])
        for old, new in zip(messages[0].attachments[:2], first.attachments, strict=False):
            asset = await rooms.library.asset(new.asset_id)
            assert asset is not None
            assert new.asset_id != old.asset_id
            assert (asset.kind, asset.sha256) == (old.kind, old.sha256)
            assert rooms.library.file_path(asset).is_file()


async def test_a_running_answer_is_taken_as_far_as_it_came(tmp_path: Path) -> None:
    async with opened(tmp_path) as rooms:
        talk = conversation(temporary=True)
        await rooms.store.put_conversation(talk)
        running = answer("a1", "q1", text="half", state=MessageState.STREAMING)
        await rooms.store.add([question("q1"), running], replace(talk, leaf_id="a1"))
        await rooms.export.markdown("c1", tmp_path / "a.md")
        assert not (tmp_path / "a_files").exists()
        assert "half" in (tmp_path / "a.md").read_text()
        await rooms.export.json("c1", tmp_path / "a.json")
        imported = await rooms.export.import_file(tmp_path / "a.json")
        assert not imported.conversation.temporary
        nodes = await rooms.store.nodes(imported.conversation.id)
        assert [node.state for node in nodes] == [MessageState.COMPLETE, MessageState.INTERRUPTED]


def archive(path: Path, entries: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as out:
        for name, data in entries.items():
            out.writestr(name, data)
    return path


async def test_files_of_an_archive_are_not_believed(tmp_path: Path) -> None:
    """Paths that lead out, other contents than announced, a bomb: the talk comes, the file does not."""
    async with opened(tmp_path / "one") as rooms:
        await rooms.talk()
        await rooms.export.json("c1", tmp_path / "good.zip")
    with zipfile.ZipFile(tmp_path / "good.zip") as good:
        value = json.loads(good.read("conversation.json"))
    for asset in value["assets"]:
        asset["id"] += "x"
    photo, _note, _gone = value["assets"]
    photo["file"] = "../../outside.png"
    bad = {"../../outside.png": b"\x89PNG" * 9, "files/02 note.md": b"0" * 2**24}
    async with opened(tmp_path / "two") as rooms:
        path = archive(tmp_path / "bad.zip", {"conversation.json": json.dumps(value).encode(), **bad})
        imported = await rooms.export.import_file(path)
        assert (imported.messages, imported.files, len(imported.missing)) == (3, 0, 3)
        assert not list((tmp_path / "two/library/.nectary/incoming").iterdir())
        assert not list(tmp_path.rglob("outside*"))


async def test_other_files_are_refused_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = archive(tmp_path / "a.zip", {"conversation.json": b"{}"}).read_bytes()
    files = {
        "empty.json": b"",
        "picture.json": encoded(),
        "torn.zip": whole[:40],
        "flipped.zip": whole.replace(b"conversation.json", b"konversation.json"),
        "wrong.zip": whole,
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    archive(tmp_path / "packed.zip", {"conversation.json": b"{}"}, zipfile.ZIP_BZIP2)
    others = ["packed.zip", "one"]
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.json")
        others.append("pipe.json")
    async with opened(tmp_path / "one") as rooms:
        for name in (*files, *others):
            with pytest.raises(InputError) as refused:
                await rooms.export.import_file(tmp_path / name)
            assert refused.value.title.endswith("."), name
        with pytest.raises(StorageError, match=r"missing\.json cannot be read"):
            await rooms.export.import_file(tmp_path / "missing.json")
        monkeypatch.setattr(chat_export, "LARGEST_JSON", 1)
        with pytest.raises(InputError, match="too large"):
            await rooms.export.import_file(tmp_path / "wrong.zip")
        assert await rooms.store.rows() == []


async def test_a_failed_export_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(tmp_path) as rooms:
        await rooms.talk()
        out = tmp_path / "out"
        out.mkdir()
        (tmp_path / "file").write_text("")
        for name in ("a.md", "a.html", "a.json", "a.zip"):
            export = {"md": rooms.export.markdown, "html": rooms.export.html}.get(name[2:], rooms.export.json)
            with pytest.raises(StorageError):
                await export("c1", tmp_path / "file" / name)
        monkeypatch.setattr(os, "fsync", no_space)
        for name in ("a.md", "a.zip"):
            with pytest.raises(StorageError, match="disk is full"):
                await (rooms.export.markdown if name == "a.md" else rooms.export.json)("c1", out / name)
        assert list(out.iterdir()) == []


def no_space(_descriptor: int) -> None:
    raise OSError(28, "No space left on device")
