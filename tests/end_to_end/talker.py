"""The program without its window, asking one question and telling what has come of the answer.

    python talker.py PROFILE

Prints "CONVERSATION MESSAGE" when the question is sent, then a line "SECONDS CHARACTERS" (monotonic clock)
whenever more of the answer has come. Runs until it is killed.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

from studio.core.paths import portable_paths
from studio.core.settings import Settings
from studio.domain.conversation import ChatDraft
from studio.services.context import build_services, open_services
from studio.services.notices import NoticeCentre


async def main(profile: Path) -> None:
    paths = portable_paths(profile)
    services = build_services(paths, Settings(paths.settings), NoticeCentre(), os.environ)
    await open_services(services)
    await services.session.use_cloud("")
    chat = services.chat
    conversation = await chat.create()
    await chat.set_options(conversation.id, model="openai")
    await chat.send(conversation.id, ChatDraft(text="Tell me everything about herons"))
    leaf = (await chat.conversation(conversation.id)).leaf_id
    print(conversation.id, leaf, flush=True)
    told = 0
    while True:
        live = chat.live(leaf)
        if live is not None and live.characters > told:
            told = live.characters
            print(time.monotonic(), told, flush=True)
        await asyncio.sleep(0.02)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
