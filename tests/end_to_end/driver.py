"""The program without its window, as a process that can be killed: opens the services, takes up what an
earlier process left, and keeps eight pictures in the making until it is killed, or ends when told to finish.

    python driver.py PROFILE keep|finish

Prints "ready" when everything is taken up and, when finishing, one JSON line.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

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


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
