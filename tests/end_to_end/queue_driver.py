"""The program without its window, with a queue to be killed in.

    python queue_driver.py PROFILE prepare|finish|keep|send

"prepare" orders two batches, puts the second first, moves and pauses jobs, sends the first ones and prints
the order as JSON as soon as the service has them; it runs until it is killed. "finish" takes up what was
left, prints what it found, resumes the queue, then what was paused by hand, and ends when all is made.

"keep" connects, waits for a line, orders a batch while nothing answers, prints the order and runs until it is
killed. "send" prints what was left, waits for a line, asks for the service again and ends when all is made.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

from studio.core.paths import portable_paths
from studio.core.settings import Settings
from studio.domain.image import ImageRequest
from studio.domain.job import Job, JobState
from studio.services.context import Services, build_services, close_services, open_services
from studio.services.notices import NoticeCentre


async def order(services: Services, prompt: str, seed: int, count: int) -> list[Job]:
    request = ImageRequest(prompt=prompt, model="flux", seed=seed, width=96, height=96)
    return await services.create.submit(services.create.plan(request, count))


def tell(services: Services) -> None:
    queue = [[job.request["seed"], job.state, job.note] for job in services.jobs.in_turn()]
    print(json.dumps({"queue": queue, "active": len(services.jobs.active())}), flush=True)


async def prepare(services: Services) -> None:
    jobs = services.jobs
    jobs.pause("user")
    first = await order(services, "a heron in the reeds", 10, 4)
    second = await order(services, "reeds in the wind", 20, 3)
    await jobs.move([job.id for job in second], "front")
    await jobs.move([first[3].id], "up")
    await jobs.hold([first[1].id, second[2].id])
    jobs.parallel = 2
    sent = asyncio.Event()
    jobs.changed.connect(
        lambda _job: sent.set() if sum(j.state is JobState.RUNNING for j in jobs.active()) == 2 else None
    )
    await jobs.resume()
    await sent.wait()
    tell(services)
    await asyncio.Event().wait()


async def finish(services: Services) -> None:
    jobs = services.jobs
    tell(services)
    ended = asyncio.Event()
    jobs.finished.connect(lambda _job: ended.set())
    jobs.parallel = 2
    for _press in range(2):
        await jobs.resume()
        while any(job.state is not JobState.PAUSED for job in jobs.active()):
            await ended.wait()
            ended.clear()
    print(json.dumps({"states": [job.state for job in await services.profile.recent(100)]}), flush=True)


async def keep(services: Services) -> None:
    print(json.dumps({"online": services.session.state.online}), flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    await services.session.refresh()
    await order(services, "a heron in the reeds", 10, 3)
    tell(services)
    await asyncio.Event().wait()


async def send(services: Services) -> None:
    tell(services)
    ended = asyncio.Event()
    services.jobs.finished.connect(lambda _job: ended.set())
    await asyncio.to_thread(sys.stdin.readline)
    await services.session.refresh()
    while services.jobs.active():
        await ended.wait()
        ended.clear()
    print(json.dumps({"states": [job.state for job in await services.profile.recent(100)]}), flush=True)


async def main(profile: Path, mode: str) -> None:
    paths = portable_paths(profile)
    services = build_services(paths, Settings(paths.settings), NoticeCentre(), os.environ)
    await open_services(services)
    await services.session.use_cloud("")
    await services.jobs.recover()
    await {"prepare": prepare, "finish": finish, "keep": keep, "send": send}[mode](services)
    await close_services(services)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
