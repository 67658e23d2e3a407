"""The program without its window, as processes that can be killed: each opens the services, takes up what an
earlier one left, and keeps eight pictures in the making until it is killed, or ends when told to finish.

    python driver.py PROFILE

Imports everything once, then forks a process per line "keep" or "finish" on its standard input. Prints the
child's process number, from the child "ready" when everything is taken up and, when finishing, one JSON line,
and "over" when it has ended.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

from PIL import Image

from studio.core.paths import portable_paths
from studio.core.settings import Settings
from studio.domain.image import ImageRequest, random_seed
from studio.domain.job import Job
from studio.services.context import Services, build_services, close_services, open_services
from studio.services.notices import NoticeCentre

AT_ONCE = 8


async def submit(services: Services, count: int) -> None:
    request = ImageRequest(prompt="a heron in the reeds", model="flux", seed=1, width=96, height=96)
    for _ in range(count):
        plan = services.create.plan(replace(request, seed=random_seed()), 1)
        if plan.problem:
            raise SystemExit(plan.problem)
        await services.create.submit(plan)


async def main(profile: Path, mode: str) -> None:
    paths = portable_paths(profile)
    services = build_services(paths, Settings(paths.settings), NoticeCentre(), os.environ)
    services.jobs.parallel = AT_ONCE
    await open_services(services)
    await services.session.use_cloud("")
    await services.jobs.recover()
    await services.jobs.resume()
    finished = asyncio.Event()

    def look(_job: Job) -> None:
        if mode == "keep":
            missing = AT_ONCE - len(services.jobs.active())
            if missing > 0:
                services.tasks.spawn(submit(services, missing), name="submit", owner=services)
        elif not services.jobs.active():
            finished.set()

    services.jobs.finished.connect(look)
    print("ready", flush=True)
    if mode == "keep":
        await submit(services, AT_ONCE - len(services.jobs.active()))
        await asyncio.Event().wait()
    if services.jobs.active():
        await finished.wait()
    jobs = await services.profile.recent(10_000)
    print(
        json.dumps({"jobs": [{"id": j.id, "state": j.state, "asset": j.asset_id} for j in jobs]}), flush=True
    )
    await close_services(services)


def serve(profile: Path) -> None:
    """Fork a process per order: importing all of this takes longer than what is tested."""
    Image.init()
    for order in sys.stdin:
        child = os.fork()
        if child == 0:
            asyncio.run(main(profile, order.strip()))
            os._exit(0)
        print(child, flush=True)
        os.waitpid(child, 0)
        print("over", flush=True)


if __name__ == "__main__":
    import httpx  # noqa: F401 - what a first request would import
    import keyring  # noqa: F401
    import pyexiv2  # noqa: F401
    import truststore  # noqa: F401

    serve(Path(sys.argv[1]))
