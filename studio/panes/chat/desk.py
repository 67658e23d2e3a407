"""Joins the widgets of the Chat pane to its presenters, once the services are there."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QSize, Qt
from PySide6.QtGui import QImage, QImageReader
from PySide6.QtWidgets import QWidget

from studio.core.errors import Action
from studio.core.i18n import tr
from studio.domain.chat_origin import message_of
from studio.domain.conversation import AttachmentPiece, Conversation
from studio.domain.money import pollen, pollen_range
from studio.panes.chat.attachment_chips import Attached, Chip, public_words
from studio.panes.chat.context_popover import ContextPopover, open_request, spent_on
from studio.panes.chat.empty import standing_of
from studio.panes.chat.find_bar import FindBar
from studio.panes.chat.folds import Fold
from studio.panes.chat.list_presenter import ListPresenter
from studio.panes.chat.model_picker import ModelPicker
from studio.panes.chat.model_words import count_words, health_words
from studio.panes.chat.parameters import ParametersPanel, count_set
from studio.panes.chat.presenter import ChatPresenter
from studio.panes.chat.takeaway import Takeaway
from studio.panes.chat.transcript import Transcript
from studio.panes.chat.voice_note import VoiceNote
from studio.qt_models.bridge import bridge
from studio.qt_models.conversations import Entry
from studio.services.chat_words import ChatPlan, NoticeOf
from studio.services.context import Services
from studio.ui import dialogs
from studio.ui.pane import PaneContext
from studio.ui.transcript.warm import warm

if TYPE_CHECKING:
    from studio.domain.asset import Asset
    from studio.panes.chat.frame import ChatFrame

LIST_NEEDS = 800
PANEL_NEEDS = 560
"""Pixels at 100 % that the conversation keeps beside the list, and beside the parameters."""
PRESSABLE = ("session", "budget", "model", "attachments", "parameters")
"""What keeps a question from being sent, and a press may lead to."""
FOUND = 200
"""Messages of all chats that a search in one of them looks through."""
FILES = (
    (tr("Pictures, documents, sound and video"),
     ("*.png", "*.jpg", "*.jpeg", "*.webp", "*.gif", "*.pdf", "*.txt", "*.md", "*.csv", "*.json", "*.py",
      "*.html", "*.mp3", "*.wav", "*.flac", "*.ogg", "*.opus", "*.m4a", "*.mp4", "*.webm", "*.mov")),
    (tr("All files"), ("*",)),
)  # fmt: skip


class ChatDesk(QObject):
    """What happens in the pane: presses go down to the presenters, their state comes up to the widgets."""

    def __init__(self, context: PaneContext, view: ChatFrame) -> None:
        super().__init__(view)
        self._context = context
        self._services: Services = context.services
        self._view = view
        self._plan = ChatPlan()
        self._tried_early = False
        services = context.services
        self.transcript = Transcript(context, self, view)
        view.stack.addWidget(self.transcript.view)
        self.presenter = ChatPresenter(services, self.transcript.model, self, self._ask)
        self.transcript.join(self.presenter)
        self.chats = ListPresenter(services, self)
        self.parameters = ParametersPanel(view)
        self.find = FindBar(view.middle)
        self.takeaway = Takeaway(services, view, self.presenter)
        kept = services.settings.values.chat
        self._list_fold = Fold(
            view, view.row, view.side_bar, left=True, needed=self._list_needs, top=view.below_header,
            shown=kept.list_shown,
        )  # fmt: skip
        self._panel_fold = Fold(
            view,
            view.row,
            self.parameters,
            left=False,
            needed=lambda: PANEL_NEEDS,
            top=view.below_header,
            shown=False,
        )
        self._join_list()
        self._join_conversation()
        self._join_composer()
        self._join_parameters()

    def _list_needs(self) -> int:
        return LIST_NEEDS

    # ------------------------------------------------------------------ life

    def start(self, typed: str) -> None:
        """Begin; `typed` was written before the services existed."""
        view = self._view
        view.composer.edit.enter_sends = self._services.settings.values.chat.send_with == "enter"
        self.spawn(asyncio.to_thread(warm), "warm")
        self.chats.start()
        self.presenter.start()
        if typed:
            self.presenter.drafts.put(typed)
        self._show_standing()

    def stop(self) -> None:
        self._view.side_bar.stop()
        self.parameters.flush()
        self.voice.stop()
        self.presenter.stop()
        self.chats.stop()
        self.transcript.stop()

    def spawn(self, work: Coroutine[Any, Any, Any], name: str) -> None:
        self.presenter.spawn(work, name)

    # ------------------------------------------------------------------ joining

    def _join_list(self) -> None:
        bar, chats, view = self._view.side_bar, self.chats, self._view
        chats.entries_changed.connect(self._show_entries)
        chats.folders_changed.connect(self._show_folders)
        chats.gone.connect(self.presenter.gone)
        bar.new_chat.connect(lambda temporary: self.act("temporary" if temporary else "new"))
        bar.search_changed.connect(chats.search)
        bar.archived_wanted.connect(chats.show_archived)
        bar.folder_wanted.connect(lambda parent: self.spawn(self._name_folder(parent), "name folder"))
        bar.import_wanted.connect(lambda: self.spawn(self.takeaway.bring_in(), "import chat"))
        bar.opened.connect(self._open_entry)
        bar.more_wanted.connect(chats.more)
        bar.act.connect(self._act_on_entries)
        bar.list.folded.connect(chats.fold)
        view.list_model.renamed.connect(chats.rename)
        view.list_model.moved.connect(chats.move)
        self._list_fold.moved.connect(self._say_fold)
        self._list_fold.wanted.connect(lambda on: self._services.settings.change("chat", list_shown=on))
        self._panel_fold.moved.connect(self._say_fold)
        self._say_fold()

    def _join_conversation(self) -> None:
        presenter, header = self.presenter, self._view.header
        presenter.opened.connect(self._show_conversation)
        presenter.changed.connect(self._show_options)
        presenter.shape_changed.connect(self._show_shape)
        presenter.plan_changed.connect(self._show_plan)
        presenter.streaming_changed.connect(self._show_streaming)
        presenter.notice_came.connect(lambda told: self.spawn(self._show_notice(told), "balance notice"))
        presenter.hit_wanted.connect(self.transcript.go_to)
        header.renamed.connect(presenter.rename)
        header.model_wanted.connect(self.open_picker)
        header.parameters_wanted.connect(self._panel_fold.toggle)
        header.list_wanted.connect(self._list_fold.toggle)
        header.export_wanted.connect(lambda kind: self._export(presenter.conversation_id, kind))
        self._view.empty.example_chosen.connect(self._take_example)
        self._view.empty.way_on.connect(lambda command: self._context.run(command, ""))
        self.find.wanted.connect(lambda text, step: self.spawn(self._find(text, step), "find"))
        self.find.closed.connect(self.transcript.focus)
        services = self._services
        bridge(services.session.changed, lambda _state: self._show_standing(), self)
        bridge(services.account.changed, lambda _state: self._show_standing(), self)
        bridge(services.catalogue.changed, lambda _models: self._show_standing(), self)
        bridge(services.settings.changed, self._settings_changed, self)

    def _join_composer(self) -> None:
        composer, presenter, drafts = self._view.composer, self.presenter, self.presenter.drafts
        composer.edited.connect(drafts.type)
        composer.send_pressed.connect(self._send)
        composer.stop_pressed.connect(presenter.stop_answer)
        composer.refused.connect(self._say_busy)
        composer.attach_pressed.connect(lambda: self.spawn(self._pick_files(), "attach"))
        self.voice = VoiceNote(self._services, composer, drafts.add_asset)
        composer.context_wanted.connect(self._open_context)
        composer.edit_cancelled.connect(drafts.end_editing)
        composer.save_only.connect(presenter.save_only)
        composer.problem_action.connect(self._way_on)
        composer.edit.cancelled.connect(self._escape)
        composer.edit.files_given.connect(drafts.add_files)
        composer.edit.image_given.connect(
            lambda data: drafts.add_bytes(data, "image/png", tr("Pasted picture") + ".png")
        )
        composer.edit.long_text_given.connect(drafts.add_text)
        composer.edit.recall_wanted.connect(presenter.edit_last)
        composer.edit.step_wanted.connect(self.step)
        composer.chips.removed.connect(drafts.remove)
        composer.chips.opened.connect(self._open_attached)
        composer.chips.picture_wanted.connect(lambda chip: self.spawn(self._thumbnail(chip), "thumbnail"))
        presenter.text_wanted.connect(composer.show_text)
        presenter.attached_changed.connect(self._show_attached)
        presenter.editing_changed.connect(self._show_editing)
        presenter.refused.connect(self._point_at)

    def _join_parameters(self) -> None:
        panel, presenter = self.parameters, self.presenter
        panel.changed.connect(lambda parameters: presenter.set_options(parameters=parameters))
        panel.system_prompt_changed.connect(lambda text: presenter.set_options(system_prompt=text))
        panel.permission_changed.connect(lambda choice: presenter.set_options(image_permission=choice))
        panel.preset_chosen.connect(presenter.use_preset)
        panel.preset_removed.connect(presenter.remove_preset)
        panel.preset_wanted.connect(lambda: self.spawn(self._name_preset(), "name preset"))
        panel.closed.connect(lambda: self._panel_fold.set_shown(False))
        presenter.presets_changed.connect(lambda _presets: self._show_presets())

    # ------------------------------------------------------------------ the list

    def _show_entries(self, entries: Sequence[Entry], words: str, archived: bool) -> None:
        self._view.list_model.set_entries(entries)
        self._view.side_bar.show_state(words, archived=archived)
        self._view.side_bar.list.set_current(self.presenter.conversation_id)

    def _show_folders(self, folders: Sequence[Any]) -> None:
        self._view.side_bar.folders = folders

    def _open_entry(self, entry: Entry) -> None:
        query = self._view.side_bar.search.text().strip()
        self._list_fold.leave()
        if entry.hit is not None:
            self.presenter.open(entry.hit.conversation_id, entry.hit.message_id, query)
        else:
            self.presenter.open(entry.conversation_id)

    def _act_on_entries(self, verb: str, entries: Sequence[Entry]) -> None:
        verb_name, _, kind = verb.partition(":")
        if verb_name == "export":
            self._export(entries[0].conversation_id, kind)
        else:
            self.chats.act(verb, entries)

    def _say_fold(self) -> None:
        words = tr("Hide the list of chats") if self._list_fold.shown else tr("Show the list of chats")
        self._view.header.show_list_button(words)
        self._view.header.parameters.setChecked(self._panel_fold.shown)

    async def _name_folder(self, parent: str) -> None:
        name = await dialogs.ask_text(
            self._view, tr("New folder"), label=tr("Name"), action=tr("Make the folder")
        )
        if name:
            self.chats.add_folder(name, parent)

    def step(self, step: int) -> None:
        """The next conversation of the list, or the one before."""
        other = self.chats.neighbour(self.presenter.conversation_id, step)
        if other and other != self.presenter.conversation_id:
            self.presenter.open(other)

    # ------------------------------------------------------------------ commands

    def act(self, verb: str) -> None:
        """A command of the palette or a key."""
        if verb in ("new", "temporary"):
            self._list_fold.leave()
            self.presenter.new(temporary=verb == "temporary")
            self._view.composer.focus()
        elif verb == "search":
            self._list_fold.set_shown(True)
            self._view.side_bar.search.selectAll()
            self._view.side_bar.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        elif verb == "find" and not self.presenter.is_empty:
            self._place_find()
            self.find.open()
        elif verb == "choose_model":
            self.open_picker(self._view.header.model)
        elif verb == "parameters":
            self._panel_fold.set_shown(True)
        elif verb == "focus":
            self._view.composer.focus()

    def show_found(self, kind: str, handle: str) -> None:
        """See `ChatView.show_found`."""
        if kind == "model":
            self.presenter.set_options(model=handle)
            self._view.composer.focus()
            return
        if kind == "unsent":
            self.presenter.act("retry", handle)
            return
        conversation, _, rest = handle.partition(" ")
        message, _, words = rest.partition(" ")
        self.presenter.open(conversation, message, words)

    async def _find(self, text: str, step: int) -> None:
        """What is loaded at once, and what the store knows of the rest of the branch."""
        self.find.show_found(*self.transcript.find(text, step))
        if not text or step:
            return
        path = set(self.presenter.feed.path)
        hits = await self._services.chat.search(text, FOUND)
        elsewhere = [hit.message_id for hit in hits if hit.message_id in path]
        if elsewhere and text == self.find.field.text() and self.find.isVisible():
            self.find.show_found(*self.transcript.find(text, 0, elsewhere))

    def take(self, verb: str, asset: Asset) -> None:
        """Attach something from another pane, or show the message it came with."""
        if verb == "show_in_chat":
            self.presenter.open_message(message_of(asset))
            return
        self.presenter.drafts.add_asset(asset)
        self._view.composer.focus()

    def _place_find(self) -> None:
        hint = self.find.sizeHint()
        middle = self._view.middle
        self.find.setGeometry(
            middle.width() - hint.width(), self._view.header.height(), hint.width(), hint.height()
        )

    # ------------------------------------------------------------------ the conversation

    def _show_conversation(self, conversation: Conversation | None) -> None:
        self.find.hide()
        self.transcript.change_place(conversation.id if conversation is not None else "")
        self._view.side_bar.list.set_current(self.presenter.conversation_id)
        now = self.presenter.draft_conversation()
        self._show_options(now)

    def _show_options(self, conversation: Conversation) -> None:
        temporary = self.presenter.will_be_temporary or conversation.temporary
        title = conversation.title or (tr("Temporary chat") if temporary else tr("New chat"))
        self._view.header.show_chat(title, exists=bool(conversation.id), temporary=temporary)
        model = self.presenter.model
        problem = ""
        if model is not None:
            problem = health_words(model)
        elif conversation.model and self._services.catalogue.models:
            problem = tr("The service does not offer this model any more.")
        self._view.header.show_model(self.presenter.model_title(), problem)
        self._view.header.show_changed(count_set(conversation.parameters, conversation.system_prompt))
        self.parameters.show_conversation(conversation, model)
        self._show_presets()

    def _show_presets(self) -> None:
        self.parameters.show_presets(self.presenter.presets, self.presenter.preset_in_use())

    def _show_shape(self) -> None:
        """The transcript, or what stands in its place."""
        empty = self.presenter.is_empty
        self._view.stack.setCurrentWidget(self._view.empty if empty else self.transcript.view)
        if empty:
            self._show_standing()

    def _show_standing(self) -> None:
        temporary = self.presenter.draft_conversation().temporary
        self._view.empty.show_standing(standing_of(self._services), temporary=temporary)
        self._show_options(self.presenter.draft_conversation())

    def _show_streaming(self, streaming: bool) -> None:
        self._tried_early = False
        self._view.composer.show_streaming(streaming)

    def _say_busy(self) -> None:
        """Why nothing happens; only said to who pressed the key that sends."""
        self._tried_early = True
        self._show_plan(self._plan)

    def _show_plan(self, plan: ChatPlan) -> None:
        self._plan = plan
        note = ""
        if plan.price is not None and plan.price.high is not None:
            note = f"· ≈ {pollen(plan.price.high)}"
        words, way_on, problem = "", "", False
        if plan.field == "busy" or self.presenter.streaming:
            words = tr("Wait for the answer, or stop it first.") if self._tried_early else ""
        elif plan.problem and plan.field != "message":
            words, problem = plan.problem, True
            way_on = self._way_on_words(plan)
        elif self.presenter.drafts.pasted is not None:
            words, way_on = tr("The long text became a file."), tr("Paste as text instead")
        elif plan.public:
            words = self._public_words(plan)
        self._view.composer.show_plan(
            note,
            words,
            way_on,
            enabled=not plan.problem or plan.field in PRESSABLE,
            problem=problem,
        )
        self._show_context(plan)
        self.transcript.show_context(plan)

    def _public_words(self, plan: ChatPlan) -> str:
        attached = self.presenter.drafts.draft.attachments
        names = [piece.name or tr("A file") for piece in attached if piece.asset_id in plan.public]
        if len(names) == 1:
            return public_words(names[0])
        return tr(
            "{n} files are uploaded when you send. Anyone with a link can open it, for two weeks or longer.",
            n=len(names),
        )

    def _way_on_words(self, plan: ChatPlan) -> str:
        if plan.field in ("attachments", "model"):
            return tr("Choose another model") if plan.field == "attachments" else tr("Choose a model")
        return plan.actions[0].label if plan.actions else ""

    def _show_context(self, plan: ChatPlan) -> None:
        whole = plan.context_length
        if whole:
            words = tr("context {n} of {all}", n=count_words(plan.tokens), all=count_words(whole))
        else:
            words = tr("context {n}", n=count_words(plan.tokens))
        blank = not plan.tokens or (self.presenter.is_empty and not self.presenter.drafts.draft)
        share = plan.tokens / whole if whole else 0.0
        self._view.composer.context.show_share("" if blank else words, share, tight=bool(plan.dropped))

    def _show_attached(self, attached: Sequence[Attached]) -> None:
        self._view.composer.show_attached(attached)

    def _show_editing(self, editing: bool) -> None:
        self._view.composer.show_editing(editing)
        if editing:
            self._view.composer.focus()

    def _settings_changed(self, _value: object) -> None:
        self._view.composer.edit.enter_sends = self._services.settings.values.chat.send_with == "enter"

    # ------------------------------------------------------------------ sending

    def _send(self) -> None:
        self.parameters.flush()
        self.presenter.send()

    def _escape(self) -> None:
        """Escape in the field: stop the answer, else leave the editing of a question."""
        if self.presenter.streaming:
            self.presenter.stop_answer()
        elif self.presenter.drafts.edited is not None:
            self.presenter.drafts.end_editing()

    def _point_at(self, field: str) -> None:
        """Lead to what keeps a question from being sent."""
        if field == "parameters":
            self._panel_fold.set_shown(True)
        elif field == "model":
            self.open_picker(self._view.header.model)
        else:
            self._view.composer.focus()

    def _way_on(self) -> None:
        """The button beside the sentence in the composer."""
        plan = self._plan
        if not plan.problem and self.presenter.drafts.pasted is not None:
            self._view.composer.edit.insert(self.presenter.drafts.pasted_as_text())
            self._view.composer.focus()
        elif plan.field in ("attachments", "model"):
            self.open_picker(self._view.header.model)
        elif plan.actions:
            self.run(plan.actions[0])

    def run(self, action: Action) -> None:
        """A way on that an error or a plan offers."""
        if action.id in ("choose_model", "chat.choose_model"):
            self.open_picker(self._view.header.model)
        else:
            self._context.run(action.id, action.argument)

    async def _ask(self, plan: ChatPlan) -> bool:
        """Ask before an answer that costs more than the preferences allow unasked."""
        price = plan.price
        unit = tr("sandbox pollen") if plan.sandbox else tr("pollen")
        amount = pollen_range(price.low or price.high, price.high) if price and price.high else ""
        return await dialogs.confirm(
            self._view,
            tr("Spend about {amount} {unit}?", amount=amount, unit=unit),
            tr("That is what an answer may cost at most with everything that goes along."),
            action=tr("Send"),
        )

    def _take_example(self, text: str) -> None:
        self.presenter.drafts.put(text)
        self._view.composer.focus()

    async def _show_notice(self, told: NoticeOf) -> None:
        """The service asked to top up instead of answering: that is no answer, so it is told here."""
        sheet = dialogs.Sheet(self._view, tr("The question was not answered"), told.notice.text)
        sheet.add_button(tr("Not now"), "")
        sheet.add_button(tr("Go to my account"), "pane.account")
        opens = sheet.add_button(tr("Open the page"), "account.top_up", "primary", default=True)
        command = await sheet.result(opens)
        if command == "account.top_up":
            self._context.run("account.top_up", told.notice.url)
        elif command:
            self._context.run(str(command), "")

    # ------------------------------------------------------------------ popovers and dialogs

    @property
    def model_anchor(self) -> QWidget:
        """Where the list of models opens."""
        return self._view.header.model

    def open_picker(self, anchor: QWidget, message_id: str = "") -> None:
        """The list of models; for a message it asks again with what is chosen."""
        picker = ModelPicker(
            anchor,
            self.presenter.models(),
            self.presenter.draft_conversation().model,
            self.presenter.favourites,
        )
        if message_id:
            picker.chosen.connect(lambda name: self.presenter.act("regenerate", message_id, name))
        else:
            picker.chosen.connect(lambda name: self.presenter.set_options(model=name))
        picker.favourites_changed.connect(self.presenter.set_favourites)
        picker.open()

    def _open_context(self, anchor: QWidget) -> None:
        plan = self.presenter.plan()
        spent = spent_on(self.presenter.feed.tree, self.presenter.feed.path)
        ContextPopover(anchor, plan, spent, lambda: open_request(self._view, plan)).open()

    async def _name_preset(self) -> None:
        name = await dialogs.ask_text(
            self._view, tr("Save as a preset"), tr("Keeps the model, the system prompt and the parameters."),
            label=tr("Name"), action=tr("Save"),
        )  # fmt: skip
        if name:
            self.parameters.flush()
            self.presenter.keep_preset(name)

    async def _pick_files(self) -> None:
        paths = await dialogs.pick_files(self._view, tr("Attach files"), FILES)
        if paths:
            self.presenter.drafts.add_files(paths)
            self._view.composer.focus()

    def _export(self, conversation_id: str, kind: str) -> None:
        if conversation_id:
            self.spawn(self.takeaway.export(conversation_id, kind), "export chat")

    # ------------------------------------------------------------------ attachments

    def _open_attached(self, key: str) -> None:
        found = next((one for one in self.presenter.drafts.attached if one.key == key), None)
        if found is not None and found.piece is not None:
            self.open_asset(found.piece.asset_id)

    def open_asset(self, asset_id: str) -> None:
        """Show an attachment or a result in the library."""

        async def show() -> None:
            asset = await self._services.library.asset(asset_id)
            if asset is not None:
                self._context.open_with("library", "show", asset)
            else:
                self._services.notices.tell(
                    tr("This file is not in the library any more."), topic="chat asset"
                )

        self.spawn(show(), "open asset")

    async def _thumbnail(self, chip: Chip) -> None:
        piece = chip.attached.piece
        if piece is None:
            return
        picture = await load_thumbnail(self._services, piece, chip.height() * chip.devicePixelRatioF())
        if not picture.isNull() and chip.attached.piece == piece:
            chip.set_picture(picture)


async def load_thumbnail(services: Services, piece: AttachmentPiece, side: float) -> QImage:
    """A square picture of an attachment, `side` pixels; a null one where it has none."""
    asset = await services.library.asset(piece.asset_id)
    if asset is None:
        return QImage()
    paths = [services.library.thumbnail_path(asset)]
    if piece.mime.startswith("image/"):
        paths.append(services.library.file_path(asset))
    return await asyncio.to_thread(_read_square, paths, round(max(side, 1)))


def _read_square(paths: Sequence[Path], side: int) -> QImage:
    for path in paths:
        reader = QImageReader(str(path))
        reader.setAutoTransform(True)
        size = reader.size()
        if size.isValid():
            reader.setScaledSize(
                size.scaled(QSize(side, side), Qt.AspectRatioMode.KeepAspectRatioByExpanding)
            )
        image = reader.read()
        if not image.isNull():
            edge = min(image.width(), image.height())
            return image.copy((image.width() - edge) // 2, (image.height() - edge) // 2, edge, edge)
    return QImage()
