"""Grids against a real sandbox: nothing is paid twice, and what is missing is made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from studio.core.errors import InputError
from studio.core.secrets import Secret
from studio.domain.grid import Axis, Cell, Grid, Place
from studio.domain.image import ImageRequest
from studio.sandbox.server import SandboxServer
from studio.services.context import Services
from studio.services.grids import CellStatus, grid_of
from tests.services.studio import bills
from tests.shell.support import running, until


async def connect(services: Services, server: SandboxServer) -> None:
    services.account.keep_in_memory(Secret(server.key), "default")
    await services.session.use_cloud("default")


def grid_over(services: Services, seeds: tuple[int, ...] = (3, 4)) -> tuple[Grid, list[Cell]]:
    """Two models by some seeds; the second model is gone for its last seed."""
    names = [m.name for m in services.catalogue.models if m.answers_to("flux") or m.answers_to("zimage")]
    grid = Grid(
        id="gridone",
        x=Axis(parameter="model", title="Model", values=tuple(names)),
        y=Axis(parameter="seed", title="Seed", values=seeds),
    )
    cells = [
        Cell(
            place=place, model=services.catalogue.find(names[place.column]), template="a heron",
            request=ImageRequest(
                prompt="a heron", model=names[place.column], seed=seeds[place.row], width=256, height=256
            ),
        )
        for place in grid.places()
    ]  # fmt: skip
    cells[-1] = Cell(place=cells[-1].place, problem="not today")
    return grid, cells


def statuses(states: list[object]) -> list[str]:
    return [str(state.status) for state in states]  # type: ignore[attr-defined]


async def test_a_grid_is_made_found_again_and_completed(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with running(tmp_path, server) as services:
            await connect(services, server)
            grid, cells = grid_over(services)
            grids = services.grids
            plan = grids.plan(cells)
            assert (plan.problem, len(plan.cells), plan.unknown) == ("", 3, 0)
            assert plan.high is not None
            assert plan.leaves is not None
            assert statuses(await grids.states(grid, cells)) == ["missing"] * 3 + ["left_out"]
            jobs = await grids.submit(grid, plan)
            assert {job.batch for job in jobs} == {"gridone"}
            await until(lambda: not services.jobs.active())
            states = await grids.states(grid, cells)
            assert statuses(states) == ["done"] * 3 + ["left_out"]
            assert not any(state.borrowed for state in states)
            assert states[0].row is not None
            asset = await services.library.asset(states[0].row.id)
            assert asset is not None
            assert grid_of(asset) == (grid, Place(0, 0))
            # One goes: just that one is made again, and the service bills nothing for it.
            await services.library.trash([asset.id])
            states = await grids.states(grid, cells)
            assert statuses(states) == ["missing", "done", "done", "left_out"]
            billed = len(bills(server))
            (again,) = await grids.make(grid, states)
            assert again.request == jobs[0].request
            await until(lambda: not services.jobs.active())
            assert len(bills(server)) == billed
            assert statuses(await grids.states(grid, cells))[0] == "done"
            assert await grids.recent() == [grid]


async def test_identical_requests_are_found_and_made_once(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with running(tmp_path, server) as services:
            await connect(services, server)
            grid, cells = grid_over(services)
            grids = services.grids
            # The same picture was made before the grid, and one cell repeats another.
            assert isinstance(cells[0].request, ImageRequest)
            await services.create.submit(services.create.plan(cells[0].request, 1))
            await until(lambda: services.jobs.all() and not services.jobs.active())
            cells[3] = replace(cells[1], place=cells[3].place)
            assert len(grids.plan(cells).cells) == 3
            assert set(await grids.at_hand(cells)) == {Place(0, 0)}
            states = await grids.states(grid, cells)
            assert states[0].borrowed
            await grids.make(grid, states)
            await until(lambda: not services.jobs.active())
            states = await grids.states(grid, cells)
            assert statuses(states) == ["done"] * 4
            assert states[1].row == states[3].row
            assert len(services.jobs.all()) == 3


async def test_a_failed_cell_says_why_and_is_asked_for_again(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with running(tmp_path, server) as services:
            await connect(services, server)
            grid, cells = grid_over(services, (3,))
            server.faults([{"status": 400, "path": "/image"}])
            await services.grids.submit(grid, services.grids.plan(cells[:1]))
            await until(lambda: not services.jobs.active())
            states = await services.grids.states(grid, cells[:1])
            assert states[0].status is CellStatus.FAILED
            assert states[0].words
            assert await services.grids.make(grid, states) == []
            await until(lambda: not services.jobs.active())
            assert statuses(await services.grids.states(grid, cells[:1])) == ["done"]
            assert len(services.jobs.all()) == 1


async def test_money_and_size_are_looked_at_first(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with running(tmp_path, server) as services:
            assert services.grids.plan([]).field == "session"
            await connect(services, server)
            grid, cells = grid_over(services)
            services.settings.change("money", batch_budget=0.000001)
            plan = services.grids.plan(cells)
            assert (plan.field, plan.actions[0].id) == ("budget", "preferences")
            with pytest.raises(InputError):
                await services.grids.submit(grid, plan)
            assert services.jobs.all() == []
            assert services.grids.plan([]).cells == ()
            one = cells[0]
            assert isinstance(one.request, ImageRequest)
            many = [replace(one, request=replace(one.request, seed=seed)) for seed in range(1, 200)]
            assert services.grids.plan(many).field == "count"


async def test_a_grid_survives_the_end_of_the_program_and_of_the_index(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with running(tmp_path, server) as services:
            await connect(services, server)
            grid, cells = grid_over(services)
            services.jobs.parallel = 1
            services.jobs.pause("user")
            await services.grids.submit(grid, services.grids.plan(cells))
            assert statuses(await services.grids.states(grid, cells))[0] == "waiting"
        assert bills(server) == []
        async with running(tmp_path, server) as services:
            await connect(services, server)
            await services.jobs.recover()
            (again,) = await services.grids.recent()
            assert again == grid
            states = await services.grids.states(again, cells)
            assert statuses(states) == ["waiting"] * 3 + ["left_out"]
            assert all(state.job is not None and state.job.state == "paused" for state in states[:3])
            await services.jobs.resume()
            await until(lambda: not services.jobs.active())
            assert len(bills(server)) == 3
            await services.library.rebuild()
            states = await services.grids.states(again, cells)
            assert statuses(states) == ["done"] * 3 + ["left_out"]
            assert not any(state.borrowed for state in states)
