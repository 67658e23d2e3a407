"""What the palette finds beside commands, from the key press to the place it leads to."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.domain.library import Collection, LibraryQuery, SavedSearch, Shelves
from studio.domain.models import ModelInfo
from studio.panes.audio.view import AudioView
from studio.panes.create.view import CreateView
from studio.panes.library.view import LibraryView
from studio.services.guide import read_guide
from studio.shell.finding import FEW, HELP, Found, help_lines, makes_words, model_lines, place_of, shelf_lines
from studio.shell.palette import Palette
from tests.panes.chatting import Chat, chatting
from tests.panes.support import fill
from tests.shell.support import until

MODELS = (
    ModelInfo(name="flux", title="Flux Schnell", category="image"),
    ModelInfo(name="seedance", title="Seedance Lite", category="video"),
    ModelInfo(name="openai", title="GPT-5 Mini", category="text"),
    ModelInfo(name="whisper", title="Whisper", category="audio", output_modalities=("text",)),
    ModelInfo(name="acestep", title="ACE-Step", category="audio", input_modalities=("text",)),
    ModelInfo(name="tts-1", title="Speaker", category="audio", input_modalities=("text",)),
    ModelInfo(name="flux-embed", title="Flux embedding", category="embedding"),
)


def test_models_are_found_by_name_or_title_with_what_they_make() -> None:
    assert [(line.title, line.aside) for line in model_lines("flux", MODELS)] == [
        ("Flux Schnell", "Pictures")
    ]
    assert [line.argument for line in model_lines("gpt", MODELS)] == ["openai"]
    assert [line.argument for line in model_lines("openai", MODELS)] == ["openai"]
    assert model_lines("fxs", MODELS) == []
    assert [place_of(model) for model in MODELS] == ["create", "create", "chat", *["audio"] * 3, ""]
    words = ["Pictures", "Video", "Chat", "Transcripts", "Music", "Speech", ""]
    assert [makes_words(model) for model in MODELS] == words
    many = [ModelInfo(name=f"flux-{n}", category="image") for n in range(9)]
    assert len(model_lines("flux", many)) == FEW


def test_shelves_are_found_by_name_with_what_they_lie_in() -> None:
    coast, lights = Collection(id="1", name="Coast"), Collection(id="2", name="Lights", parent="1")
    shelves = Shelves(collections=(coast, lights), searches=(SavedSearch(id="3", name="Best of the coast"),))
    assert {(line.title, line.command, line.argument) for line in shelf_lines("coast", shelves)} == {
        ("Coast", "library.collection", "1"), ("Coast / Lights", "library.collection", "2"),
        ("Best of the coast", "library.search", "3"),
    }  # fmt: skip
    assert shelf_lines("harbour", shelves) == []


async def test_headings_of_help_are_found_and_every_one_is_a_place() -> None:
    guide = await read_guide()
    lines = help_lines("budget", guide)
    assert 0 < len(lines) <= HELP
    for line in lines:
        assert "budget" in line.title.lower()
        page, anchor = guide.place(line.argument) or ("", "")
        assert f"{page}#{anchor}" == line.argument
    assert help_lines("xyzzy", guide) == []


async def look_for(chat: Chat, words: str, command: str) -> Palette:
    """The palette with the first line of `command` chosen."""
    chat.at.commands.run("app.palette")
    palette = next(one for one in chat.at.window.findChildren(Palette) if one.isVisible())
    QTest.keyClicks(palette.field, words)

    def number() -> int:
        lines: list[Found] = list(palette.found.lines)
        return next((n + 1 for n, line in enumerate(lines) if line.command == command), 0)

    await until(lambda: number() and not any("palette" in name for name in chat.at.services.tasks.names()))
    while palette.list.currentIndex().row() != number() - 1:
        QTest.keyClick(palette.field, Qt.Key.Key_Down)
    return palette


async def test_a_found_message_opens_its_chat_at_the_hit(tmp_path: Path, qapp: QApplication) -> None:
    async with chatting(tmp_path, qapp) as chat:
        await chat.ask("Tell me of kittiwakes")
        first = chat.presenter.conversation_id
        wanted = chat.presenter.feed.path[0]
        chat.desk.act("new")
        await until(lambda: not chat.presenter.conversation_id)
        chat.at.window.open_pane("create")
        shown: list[tuple[str, str]] = []
        chat.presenter.hit_wanted.connect(lambda message, words: shown.append((message, words)))
        palette = await look_for(chat, "kittiwakes", "chat.open")
        groups = [line.group for line in palette.found.lines]
        assert groups.index("Chats") < groups.index("In chats")
        assert palette.found.lines[groups.index("Chats")].argument == first
        hit = next(line for line in palette.found.lines if line.id == wanted)
        assert (hit.group, hit.note) == ("In chats", "Tell me of kittiwakes")
        while palette.found.lines[palette.list.currentIndex().row()] != hit:
            QTest.keyClick(palette.field, Qt.Key.Key_Down)
        QTest.keyClick(palette.field, Qt.Key.Key_Return)
        await until(lambda: shown)
        assert shown == [(wanted, "kittiwakes")]
        assert (chat.at.window.current_pane, chat.presenter.conversation_id) == ("chat", first)
        asked = [request["path"] for request in chat.server.requests()]
        chat.at.window.open_pane("library")
        palette = await look_for(chat, "tell me", "chat.open")
        QTest.keyClick(palette.field, Qt.Key.Key_Return)
        assert chat.at.window.current_pane == "chat"
        assert [request["path"] for request in chat.server.requests()] == asked, "nothing is asked of anybody"


async def test_a_found_model_is_chosen_where_it_is_asked(tmp_path: Path, qapp: QApplication) -> None:
    async with chatting(tmp_path, qapp) as chat:
        window, models = chat.at.window, chat.at.services.catalogue.models
        film = next(model for model in models if model.makes_videos)
        other = [model for model in models if model.is_chat][-1]
        sounds = [model for model in models if place_of(model) == "audio"]
        palette = await look_for(chat, film.name, "model.use")
        QTest.keyClick(palette.field, Qt.Key.Key_Return)
        create = window.pane("create")
        assert isinstance(create, CreateView)
        assert create._presenter is not None
        form = create._presenter.form
        assert (window.current_pane, form.kind, form.model) == ("create", "video", film.name)
        assert create.form.kind.value() == "video"
        chat.at.commands.run("model.use", other.name)
        await until(lambda: chat.presenter.draft_conversation().model == other.name)
        assert window.current_pane == "chat"
        for model in sounds:
            chat.at.commands.run("model.use", model.name)
            audio = window.pane("audio")
            assert isinstance(audio, AudioView)
            assert audio._parts is not None
            page = getattr(audio._parts, audio.pages.value() or "")
            assert (window.current_pane, page.presenter.model_name) == ("audio", model.name)
            assert page.form.model.value() == model.name


async def test_shelves_and_help_are_led_to(tmp_path: Path, qapp: QApplication) -> None:
    async with chatting(tmp_path, qapp) as chat:
        services, window = chat.at.services, chat.at.window
        ids = await fill(services, 2)
        coast = await services.curator.shelving.create("Coast", ids=ids[:1])
        await services.curator.shelving.save_search("Rated coast", LibraryQuery(min_rating=4))
        library = window.pane("library")
        assert isinstance(library, LibraryView)
        for _twice in range(2):
            palette = await look_for(chat, "coast", "library.collection")
            QTest.keyClick(palette.field, Qt.Key.Key_Return)
            assert library._presenter is not None
            assert library._presenter.query.collection == coast.id
            assert window.current_pane == "library"
        assert library._presenter is not None
        palette = await look_for(chat, "rated", "library.search")
        QTest.keyClick(palette.field, Qt.Key.Key_Return)
        assert (library._presenter.query.min_rating, library._presenter.query.collection) == (4, "")
        palette = await look_for(chat, "budgets", "help.open")
        line = palette.found.lines[palette.list.currentIndex().row()]
        QTest.keyClick(palette.field, Qt.Key.Key_Return)
        await until(lambda: window.help is not None and window.help.guide is not None)
        assert window.help is not None
        assert window.help.isVisible()
        assert line.argument.startswith("guide/")


@pytest.mark.parametrize("words", ["zzqqxx", "^*(", '"', "model:", "-"])
async def test_nonsense_finds_nothing_and_breaks_nothing(
    tmp_path: Path, qapp: QApplication, words: str
) -> None:
    async with chatting(tmp_path, qapp) as chat:
        chat.at.commands.run("app.palette")
        (palette,) = chat.at.window.findChildren(Palette)
        palette.field.setText(words * 2)
        await until(lambda: any("palette" in name for name in chat.at.services.tasks.names()))
        await until(lambda: not any("palette" in name for name in chat.at.services.tasks.names()))
        QTest.keyClick(palette.field, Qt.Key.Key_Return)
        palette.dismiss()
