"""What the soak's user does in chats, with sound, and in the account."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt

from benchmarks._chat_text import Writer, stream
from benchmarks._soak_user import GiveUpError, User
from studio.panes.audio.audition import Audition
from studio.qt_models.conversations import EntryKind
from studio.ui.dialogs import Sheet
from studio.ui.film_panel import FilmPanel
from studio.ui.lineage_sheet import LineageSheet
from studio.ui.sound_panel import SoundPanel

Key = Qt.Key
CHAT = "/v1/chat/completions"
FORMULAS = (
    "\n\nThe sum is $\\sum_{k=1}^{n} k = \\frac{n(n+1)}{2}$, and\n\n$$\\int_0^\\infty e^{-x^2} dx = "
    "\\frac{\\sqrt{\\pi}}{2}$$\n\n"
)
SHOWN = (FilmPanel, LineageSheet)
MOST_STREAMS = 3


class TalkUser(User):
    """The Chat, Audio and Account panes."""

    # ------------------------------------------------------------------ chat

    def _desk(self) -> Any:
        self.window.open_pane("chat")
        view: Any = self.window.pane("chat")
        if view._desk is None:
            raise GiveUpError("no services yet")
        return view._desk

    async def _new(self, desk: Any, verb: str = "new") -> None:
        desk.act(verb)
        await self.until(lambda: desk.presenter.conversation_id == "" and not desk.presenter._sending, 10)

    async def _send(self, desk: Any, text: str) -> str:
        """Write a question and press Send; the id of the answer that begins."""
        view: Any = self.window.pane("chat")
        presenter = desk.presenter
        before = presenter.feed.path[-1:] if presenter.conversation_id else []
        desk.act("focus")
        await self.type(view.composer.edit, text[:16])
        view.composer.edit.insertPlainText(text[16:])
        try:
            await self.until(lambda: not presenter.plan().problem and view.composer.send.isEnabled(), 8)
        except TimeoutError:
            desk.presenter.drafts.put("")
            raise GiveUpError(f"not sent: {presenter.plan().problem}") from None
        self.press(view.composer.send)
        await self.until(
            lambda: presenter.feed.path and presenter.feed.path[-1:] != before and not presenter._sending, 10
        )
        return presenter.feed.path[-1]

    async def _long_answer(self, characters: int) -> None:
        """The service's next answer: long, with code, tables and formulas, at a believable pace."""
        text = Writer(self.rng.randint(1, 10**6)).markdown(characters)
        middle = text.find("\n\n", len(text) // 2)
        text = text[:middle] + FORMULAS + text[middle:]
        await self.control("faults", body=[{
            "path": CHAT, "says": stream(text), "content_type": "text/event-stream; charset=utf-8",
            "at_once": 224 * self.rng.choice((10, 200, 600)), "piece": 224,
            "byte_latency": 1 / self.rng.choice((80, 150, 300)),
        }])  # fmt: skip

    def _streams(self) -> int:
        return sum(entry.streaming for entry in self._entries())

    def _entries(self) -> list[Any]:
        view: Any = self.window.pane("chat")
        return [entry for entry in view.list_model.entries if entry.kind is EntryKind.CHAT]

    async def ask(self) -> None:
        desk = self._desk()
        if desk.presenter.streaming or self.rng.random() < 0.4:
            if self._streams() >= MOST_STREAMS:
                raise GiveUpError("enough streams")
            await self._new(desk, self.rng.choice(("new", "new", "new", "temporary")))
        if self.rng.random() < 0.4:
            await self._long_answer(self.rng.choice((4_000, 12_000, 30_000)))
        question = self.rng.choice((
            "Explain reciprocal rank fusion", "Script for the narration", "And in Python, please",
            "Give me three poster ideas as a table.", self.sentence(6, 14),
        ))  # fmt: skip
        await self._send(desk, question)
        await asyncio.sleep(self.rng.choice((0.5, 2)))

    async def ask_several(self) -> None:
        """Three answers at once, one of them shown."""
        desk = self._desk()
        for _ in range(MOST_STREAMS - min(self._streams(), MOST_STREAMS)):
            await self._new(desk)
            await self._long_answer(8_000)
            await self._send(desk, self.sentence())
        await asyncio.sleep(2)

    async def stop_and_go_on(self) -> None:
        desk = self._desk()
        presenter = desk.presenter
        view: Any = self.window.pane("chat")
        if not presenter.streaming:
            await self._new(desk)
            await self._long_answer(20_000)
            await self._send(desk, self.sentence())
            await asyncio.sleep(1)
        if not presenter.streaming:
            raise GiveUpError("it was quicker")
        self.press(view.composer.send)
        await self.until(lambda: not presenter.streaming, 10)
        await self.rest()
        last = presenter.feed.path[-1]
        presenter.act(self.rng.choice(("continue", "regenerate", "retry")), last)
        await asyncio.sleep(1.5)

    async def regenerate(self) -> None:
        desk = self._desk()
        presenter = desk.presenter
        if presenter.streaming or not presenter.feed.path:
            raise GiveUpError("no answer to make again")
        last = presenter.feed.path[-1]
        if presenter.feed.tree[last].role == "assistant":
            presenter.act("regenerate", last)
            await asyncio.sleep(1)
            presenter.act("version", presenter.feed.path[-1], -1)
        await self.rest()

    async def edit_question(self) -> None:
        desk = self._desk()
        view: Any = self.window.pane("chat")
        if desk.presenter.streaming or not desk.presenter.feed.path:
            raise GiveUpError("nothing to edit")
        desk.presenter.edit_last()
        await asyncio.sleep(0.3)
        await self.type(view.composer.edit, " again")
        if self.rng.random() < 0.5:
            view.composer._press()
            await asyncio.sleep(1)
        desk.presenter.drafts.end_editing()

    async def picture_in_chat(self) -> None:
        desk = self._desk()
        presenter = desk.presenter
        await self._new(desk)
        usual = presenter.draft_conversation().parameters
        presenter.set_options(parameters=replace(usual, image_tool=True))
        await self.rest()
        answer = await self._send(desk, f"Generate an image of a {self.sentence(2, 4)}")
        await asyncio.sleep(1.5)
        for message in await self.services.chat.messages([answer]):
            for call in (piece for piece in message.pieces if piece.type == "tool_call"):
                await self.services.chat.permit(answer, call.id, "once")
        await asyncio.sleep(1.5)

    async def attach_to_chat(self) -> None:
        self.window.open_pane("library")
        await self.choose(self.browser_of("library"))
        self.window.run("asset.chat")
        await asyncio.sleep(0.5)
        desk = self._desk()
        drafts = desk.presenter.drafts
        drafts.add_text("The tide goes out at six. " * 200)
        await asyncio.sleep(0.5)
        if self.rng.random() < 0.5 and not desk.presenter.streaming:
            await self._send(desk, "Which of the two fits the text better?")
        for one in list(drafts.attached):
            drafts.remove(one.key)

    def browser_of(self, pane: str) -> Any:
        return self.browser(pane)

    async def open_chats(self) -> None:
        """Through the list, scrolling each."""
        desk = self._desk()
        view: Any = self.window.pane("chat")
        entries = self._entries()
        if not entries:
            raise GiveUpError("no chats")
        for entry in self.rng.sample(entries, min(4, len(entries))):
            view.side_bar.opened.emit(entry)
            await asyncio.sleep(0.4)
            bar = desk.transcript.view.verticalScrollBar()
            for step in range(12):
                bar.setValue(bar.maximum() * step // 11)
                await asyncio.sleep(0.02)

    async def search_chats(self) -> None:
        desk = self._desk()
        view: Any = self.window.pane("chat")
        desk.act("search")
        await self.type(view.side_bar.search, self.rng.choice(("account", "python", "lighthouse", "zzz")))
        await asyncio.sleep(0.5)
        hits = [entry for entry in view.list_model.entries if entry.kind is EntryKind.HIT]
        if hits:
            view.side_bar.opened.emit(self.rng.choice(hits))
            await asyncio.sleep(0.4)
        view.side_bar.search.clear()
        desk.act("find")
        await self.type(desk.find.field, "the")
        await asyncio.sleep(0.3)
        await self.keys(desk.find.field, Key.Key_Return, Key.Key_Return, Key.Key_Escape)

    async def tidy_chats(self) -> None:
        desk = self._desk()
        entries = self._entries()
        if len(entries) < 4:
            raise GiveUpError("few chats")
        entry = self.rng.choice(entries)
        desk.chats.act(self.rng.choice(("delete", "archive", "pin", "unpin", "delete")), [entry])
        await asyncio.sleep(0.4)
        if self.rng.random() < 0.4:
            self.window.run("edit.undo")
        await self.rest()

    async def export_chat(self) -> None:
        desk = self._desk()
        if not desk.presenter.conversation_id or desk.presenter.streaming:
            raise GiveUpError("no chat")
        kind = self.rng.choice(("md", "html", "json"))
        view: Any = self.window.pane("chat")
        view.header.export_wanted.emit(kind)
        if kind != "json":
            sheet = await self.overlay(Sheet)
            self.press(self.button_in(sheet, "Export"))
        number = self.rng.randrange(10**9)
        await self.save_as(self.folder / f"chat {number}.{kind}")
        await asyncio.sleep(0.5)

    async def chat_parameters(self) -> None:
        desk = self._desk()
        desk.act("parameters")
        await self.rest(0.2, 0.4)
        desk.act("parameters")
        desk.act("choose_model")
        await self.rest(0.2, 0.5)
        await self.clear_the_way()

    # ------------------------------------------------------------------ sound

    def _parts(self, page: str) -> Any:
        self.window.open_pane("audio")
        view: Any = self.window.pane("audio")
        if view._parts is None:
            raise GiveUpError("no services yet")
        view._show_page(page)
        return view._parts

    async def _press_when_ready(self, button: Any) -> None:
        try:
            await self.until(button.isEnabled, 8)
        except TimeoutError:
            raise GiveUpError(f"{button.text()} cannot be pressed") from None
        self.press(button)
        await asyncio.sleep(0.4)
        for sheet in self.overlays():
            if isinstance(sheet, Sheet):
                self.press(self.button_in(sheet, "Render", "Make", "Transcribe"))

    async def speak(self) -> None:
        page = self._parts("speech").speech
        if self.rng.random() < 0.5 or not page.script.text():
            page.script.set_text("\n\n".join(f"{self.sentence(6, 14)}." for _ in range(3)))
        else:
            page.script.set_text(page.script.text().replace("fog", "mist", 1) + f" {self.sentence(2, 3)}.")
        await self.rest()
        await self._press_when_ready(page.form.button)
        await asyncio.sleep(3)
        rows = page.presenter.rows
        if any(row.ready for row in rows):
            page.list.setCurrentIndex(page.list.rows.index(0))
            self.press(page._play_all)
            await asyncio.sleep(1.5)
            self.press(page._play_all)
        if rows and all(row.ready for row in rows) and page.side.export_button.isEnabled():
            self.press(page.side.export_button)
            await self.save_as(self.folder / f"speech {self.rng.randrange(10**9)}.mp3")
            await asyncio.sleep(1)

    async def render_again(self) -> None:
        page = self._parts("speech").speech
        ready = [row for row in page.presenter.rows if row.ready]
        if not ready:
            raise GiveUpError("nothing rendered")
        page.side.again.emit(self.rng.choice(ready))
        await asyncio.sleep(1)

    async def try_voices(self) -> None:
        page = self._parts("speech").speech
        if not page.script.text():
            raise GiveUpError("no script")
        self.press(page.form.try_button)
        sheet = await self.overlay(Audition)
        for row in sheet.rows[:2]:
            row.box.click()
        await self.rest(0.4, 0.8)
        await self.clear_the_way()

    async def make_music(self) -> None:
        page = self._parts("music").music
        page.form.prompt.set_text(f"Slow waltz, {self.sentence(3, 5)}")
        model = self.services.catalogue.find("elevenmusic")
        if model is not None:
            page.presenter.edit(model=model.name)
        page.presenter.edit(length=6.0, count=self.rng.randint(1, 2))
        page.presenter.wish_changed.emit()
        await self._press_when_ready(page.form.button)
        await asyncio.sleep(2)

    async def play_music(self) -> None:
        page = self._parts("music").music
        items = [item for item in page.presenter.items if item.state == "ready"]
        if not items:
            raise GiveUpError("no music")
        item = self.rng.choice(items)
        page.list.chosen.emit(item)
        await self.rest()
        panel: SoundPanel = page.panel
        panel.toggle()
        await asyncio.sleep(1.5)
        await self.keys(panel, Key.Key_Right, Key.Key_M, Key.Key_L)
        panel._seek(1.0)
        await self.rest()
        panel.leave()

    async def transcribe(self) -> None:
        self.window.open_pane("library")
        view: Any = self.window.pane("library")
        browser = self.browser("library")
        view.side_bar.kind.emit("speech")
        await self.until(lambda: not browser.model.loading, 5)
        await asyncio.sleep(0.2)
        try:
            await self.choose(browser)
            self.window.run("asset.transcribe")
            await asyncio.sleep(0.5)
        finally:
            view._presenter.show_everything()
        page = self._parts("transcribe").transcribe
        await self._press_when_ready(page.form.button)
        await asyncio.sleep(2.5)
        if page.presenter.asset is None:
            raise GiveUpError("not there yet")
        page.desk.cues.show_time(1.0, follow=True)
        page.desk.play_from(0.0)
        await asyncio.sleep(1)
        page.desk.panel.leave()
        page.desk.find_bar.open_bar()
        page.desk.find_bar.field.setText("the")
        await self.rest()
        page.desk.find_bar.close_bar()
        page.desk.open_export(self.rng.choice(("srt", "md", "json")))
        await self.rest(0.3, 0.6)
        await self.clear_the_way()

    # ------------------------------------------------------------------ the account

    async def account_pages(self) -> None:
        self.window.open_pane("account")
        pane: Any = self.window.pane("account")
        for section in ("requests", "keys", "uploads", "overview"):
            tab = pane._sections.tabs[section]
            if tab.isEnabled():
                pane._sections.choose(section)
                await self.rest(0.3, 0.6)
        spending = pane._spending
        spending.days.choice.part(self.rng.choice(("all", "90", "7"))).click()
        await self.rest()
        spending.source.part(self.rng.choice(("account", "here"))).click()
        await self.rest(0.3, 0.5)

    async def read_requests(self) -> None:
        self.window.open_pane("account")
        pane: Any = self.window.pane("account")
        if not pane._sections.tabs["requests"].isEnabled():
            raise GiveUpError("no bill now")
        pane._sections.choose("requests")
        card = pane._requests
        if card.nothing.button.isVisible():
            self.press(card.nothing.button)
        await asyncio.sleep(0.8)
        card.search.setText("flux")
        await self.rest()
        card.search.clear()
        card.view.part("both").click()
        await asyncio.sleep(0.6)
        if card.nothing.button.isVisible():
            self.press(card.nothing.button)
            await asyncio.sleep(0.8)
        pane._sections.choose("overview")

    async def make_key(self) -> None:
        self.window.open_pane("account")
        pane: Any = self.window.pane("account")
        pane._sections.choose("keys")
        keys = pane._keys
        await self.rest(0.4, 0.8)
        self.press(keys.new)
        sheet = await self.overlay(Sheet)
        await self.type(self.window.focusWidget() or sheet, self.sentence(1, 1))
        self.press(self.button_in(sheet, "Make", "Create", "Cancel"))
        await asyncio.sleep(1)
        await self.clear_the_way()
        pane._sections.choose("overview")

    async def refresh(self) -> None:
        self.window.run("session.refresh")
        await self.rest(0.4, 0.8)
