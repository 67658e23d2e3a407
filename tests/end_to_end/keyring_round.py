"""What a test does inside a session bus of its own. Prints one JSON line.

python keyring_round.py PROFILE store|again|without
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from studio.core.keyring_store import KeyringUnavailableError
from studio.core.secrets import Secret
from studio.domain.job import JobState
from studio.sandbox.server import SandboxServer
from tests.services.studio import addresses, opened

KEY = "sk_keptByTheSystem7hT2wV9"


async def store(profile: Path) -> dict[str, object]:
    """Sign in, make a picture, and start again: the key is still there."""
    with SandboxServer(speed=0, key=KEY) as server:
        async with opened(profile, addresses(server)) as studio:
            await studio.services.session.use_cloud("")
            before = studio.services.account.state.source
            await studio.services.account.keep(Secret(KEY), "default")
            await studio.services.session.use_cloud("default")
            made = await studio.make()
        async with opened(profile, addresses(server)) as studio:
            await studio.services.session.use_cloud("")
            after = studio.services.account.state
            again = studio.services.account.current_key() == Secret(KEY)
    return {
        "before": before, "after": after.source, "signed_in": after.signed_in, "same": again,
        "made": made.state is JobState.DONE,
    }  # fmt: skip


async def again(profile: Path) -> dict[str, object]:
    """Another daemon, the same keyring: the key is there, until one signs out."""
    with SandboxServer(speed=0, key=KEY) as server:
        async with opened(profile, addresses(server)) as studio:
            await studio.services.session.use_cloud("")
            found = studio.services.account.current_key() == Secret(KEY)
            await studio.services.account.sign_out()
            await studio.services.session.use_cloud("")
            return {"found": found, "afterwards": studio.services.account.state.source}


async def without(profile: Path) -> dict[str, object]:
    """A keyring that is locked or missing: the user is asked, and memory will do."""
    with SandboxServer(speed=0, key=KEY) as server:
        async with opened(profile, addresses(server)) as studio:
            told: list[dict[str, object]] = []
            for attempt in ("load", "keep"):
                try:
                    if attempt == "load":
                        await studio.services.session.use_cloud("default")
                    else:
                        await studio.services.account.keep(Secret(KEY), "default")
                except KeyringUnavailableError as error:
                    told.append({"words": str(error), "ways": [action.label for action in error.actions]})
            studio.services.account.keep_in_memory(Secret(KEY), "default")
            await studio.services.session.use_cloud("default")
            made = await studio.make()
            return {"told": told, "made": made.state is JobState.DONE}


if __name__ == "__main__":
    errand = {"store": store, "again": again, "without": without}[sys.argv[2]]
    print(json.dumps(asyncio.run(errand(Path(sys.argv[1])))), flush=True)
