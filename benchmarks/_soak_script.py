"""The script of the soak: which step comes next, the window itself, and what goes wrong at the service."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

from PySide6.QtCore import QSize, Qt

from benchmarks._soak_pictures import PictureUser
from benchmarks._soak_talk import CHAT, TalkUser
from benchmarks._soak_user import GiveUpError
from studio.shell.palette import Palette

STEP_SECONDS = 45.0
REST_SECONDS = 60.0
FAULT_SHARE = 0.25
SIZES = (QSize(1440, 900), QSize(1280, 800), QSize(1024, 720), QSize(1600, 1000))
PANES = ("create", "library", "chat", "audio", "account")
FAULTS: tuple[dict[str, Any], ...] = (
    {"path": "/image/", "error": "edge_rate_limit", "count": 3},
    {"path": "/image/", "error": "model_rate_limit", "count": 3},
    {"path": "/image/", "error": "provider_busy", "count": 2},
    {"path": "/image/", "error": "internal", "count": 2},
    {"path": "/image/", "error": "insufficient_balance", "count": 1},
    {"path": "/image/", "error": "cloudflare_524", "count": 1},
    {"path": "/image/", "error": "content_policy", "count": 2},
    {"path": "/image/", "body": "truncated", "count": 2},
    {"path": "/image/", "body": "placeholder", "count": 1},
    {"path": "/image/", "body": "html", "count": 1},
    {"path": "/image/", "cut_after": 20000, "count": 2},
    {"path": "/image/", "latency": 2.0, "count": 3},
    {"path": "/image/", "reset": True, "count": 2},
    {"path": CHAT, "cut_after": 900, "count": 1},
    {"path": CHAT, "stall_after": 900, "count": 1},
    {"path": CHAT, "stream_error": "frame", "count": 1},
    {"path": CHAT, "stream_error": "choice", "count": 1},
    {"path": CHAT, "stream_error": "no_done", "count": 1},
    {"path": CHAT, "error": "model_rate_limit", "count": 1},
    {"path": CHAT, "error": "unavailable", "count": 1},
    {"path": CHAT, "error": "key_budget", "count": 1},
    {"path": "/v1/audio", "error": "internal", "count": 1},
    {"path": "/audio/", "error": "provider_busy", "count": 1},
    {"path": "/account", "error": "account_unavailable", "count": 2},
    {"path": "/models", "body": "html", "count": 1},
    {"latency": 0.8, "count": 10},
    {"byte_latency": 0.01, "piece": 4096, "count": 5},
)


class SoakUser(PictureUser, TalkUser):
    """One user with all of it."""

    # ------------------------------------------------------------------ the window

    async def panes(self) -> None:
        for pane in self.rng.sample(PANES, len(PANES)):
            self.window.open_pane(pane)
            await self.rest(0.1, 0.3)

    async def resize(self) -> None:
        before = self.window.size()
        for size in self.rng.sample(SIZES, 3):
            self.window.resize(size)
            await self.rest(0.1, 0.3)
        self.window.resize(before)

    async def look(self) -> None:
        self.window.run(self.rng.choice(("look.dark", "look.light")))
        await self.rest(0.2, 0.4)
        self.window.run("look.larger")
        await self.rest(0.2, 0.4)
        self.window.run("look.smaller")
        await self.rest(0.2, 0.4)

    async def palette(self) -> None:
        self.window.run("app.palette")
        palette: Any = await self.overlay(Palette)
        await self.type(palette.field, self.rng.choice(("light", "pre", "flux", "go to", "zzz")))
        await self.rest(0.2, 0.4)
        await self.keys(palette.field, Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Escape)
        await self.clear_the_way()

    async def preferences(self) -> None:
        for section in self.rng.sample(("look", "files", "money", "connection"), 2):
            self.window.open_preferences(section)
            await self.rest(0.2, 0.4)
            await self.clear_the_way()

    async def sheets(self) -> None:
        for open_one in (self.window.open_shortcuts, self.window.open_notices, self.window.top_bar.open_jobs):
            open_one()
            await self.rest(0.2, 0.4)
            await self.clear_the_way()

    async def models(self) -> None:
        form = self._form()
        form.model.open()
        await self.rest(0.2, 0.4)
        await self.clear_the_way()

    # ------------------------------------------------------------------ what goes wrong

    async def fault(self) -> None:
        fault = self.rng.choice(FAULTS)
        if await self.control("faults", body=[fault]) is not None:
            name = fault.get("error") or next(k for k in fault if k not in ("path", "count"))
            self.tally.faults[f"{fault.get('path', 'any')} {name}"] += 1

    async def no_more_faults(self) -> None:
        await self.control("faults", "DELETE")
        self.window.run("session.refresh")
        await asyncio.sleep(0.3)
        self.window.run("queue.resume")

    async def outage(self) -> None:
        """The service dies in the middle of something, and comes back while the user does other things."""
        self.order("kill")
        self.away = True
        self.tally.faults["the service is killed"] += 1
        for step in (self.make_pictures, self.scroll, self.account_pages, self.ask):
            await self._do(step, aloud=False)
        await self.back()

    async def back(self) -> None:
        self.order("start")
        self.tally.restarts += 1
        await self.until_here()
        self.away = False
        self.window.run("session.refresh")
        await asyncio.sleep(1)
        self.window.run("queue.resume")

    async def until_here(self) -> None:
        for _ in range(100):
            if await self.control("state", "GET") is not None:
                return
            await asyncio.sleep(0.1)
        raise TimeoutError("the service did not come back")

    # ------------------------------------------------------------------ one after another

    def steps(self) -> list[tuple[Callable[[], Awaitable[None]], int]]:
        """What may come, and how often."""
        return [
            (self.make_pictures, 10), (self.make_variants, 2), (self.make_film, 2), (self.make_grid, 2),
            (self.use_reference, 4), (self.type_many_choices, 1), (self.cancel_some, 2),
            (self.retry_failed, 2), (self.clear_jobs, 1), (self.scroll, 4), (self.search, 4),
            (self.filter, 3), (self.look_large, 6), (self.play_film, 3), (self.compare, 3),
            (self.family, 2), (self.rate, 5), (self.tag_and_note, 3), (self.collect, 2), (self.export, 2),
            (self.trash_and_undo, 3), (self.undo, 1), (self.import_folder, 1), (self.look_at_sums, 1),
            (self.press_about, 3), (self.ask, 9), (self.ask_several, 2), (self.stop_and_go_on, 3),
            (self.regenerate, 3), (self.edit_question, 2), (self.picture_in_chat, 2),
            (self.attach_to_chat, 2), (self.open_chats, 4), (self.search_chats, 3), (self.tidy_chats, 2),
            (self.export_chat, 1), (self.chat_parameters, 2), (self.speak, 4), (self.render_again, 2),
            (self.try_voices, 1), (self.make_music, 2), (self.play_music, 3), (self.transcribe, 3),
            (self.account_pages, 3), (self.read_requests, 2), (self.make_key, 1), (self.refresh, 1),
            (self.panes, 3), (self.resize, 2), (self.look, 2), (self.palette, 3), (self.preferences, 3),
            (self.sheets, 2), (self.models, 1), (self.fault, 8), (self.no_more_faults, 5), (self.outage, 1),
        ]  # fmt: skip

    async def work(self, until: float, tell: Callable[[str], object]) -> None:
        """Step after step until `until` on the monotonic clock; `tell` hears of each before it begins.

        The first round goes through everything once, in an order of its own, so that a third of the run has
        seen it all.
        """
        steps = self.steps()
        waiting = [step for step, _weight in steps]
        self.rng.shuffle(waiting)
        while time.monotonic() < until:
            if waiting:
                step = waiting.pop()
            else:
                (step,) = self.rng.choices([s for s, _ in steps], [weight for _, weight in steps])
            tell(step.__name__)
            await self._do(step)
            await asyncio.sleep(self.rng.uniform(0, 2 * self.pace))

    async def _do(self, step: Callable[[], Awaitable[None]], *, aloud: bool = True) -> None:
        name = step.__name__
        self.tally.steps[name] += 1
        try:
            async with asyncio.timeout(STEP_SECONDS):
                await step()
        except GiveUpError as why:
            self.tally.given_up[f"{name}: {why}"] += 1
        except Exception as error:  # noqa: BLE001 - the script goes on; what failed is in the report
            # With the service away, much does not come.
            if aloud or not isinstance(error, TimeoutError):
                self.tally.troubles.append(f"{name}: {error!r}"[:300])
                print(f"  trouble in {name}: {error!r}", file=sys.stderr, flush=True)
        finally:
            await self.clear_the_way()

    # ------------------------------------------------------------------ coming to rest

    async def come_to_rest(self) -> None:
        """Everything that runs ends, every pane is shown once, and nothing stands before the window."""
        if self.away:
            await self.back()
        await self.control("faults", "DELETE")
        await self.clear_the_way()
        self.window.run("session.refresh")
        await asyncio.sleep(0.5)
        self.window.run("queue.resume")
        await self._let_end(REST_SECONDS)
        for job in self.services.jobs.active():
            self.window.run("job.cancel", job.id)
        await self._let_end(10)
        self.window.resize(SIZES[0])
        for pane in (*PANES, "create"):
            self.window.open_pane(pane)
            await asyncio.sleep(0.5)
        await asyncio.sleep(2)

    async def _let_end(self, seconds: float) -> None:
        """Wait for jobs and answers."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if not self.services.jobs.active() and not self._streams():
                return
            await asyncio.sleep(0.1)
        view: Any = self.window.pane("chat")
        for entry in self._entries():
            if entry.streaming:
                await self.services.chat.stop(view._desk and entry.chat.id)
