"""What a press of the button costs, and what keeps it from spending too much."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from studio.core.errors import InputError
from studio.domain.image import ImageRequest
from studio.library.profile_store import LedgerEntry
from studio.sandbox.server import SandboxServer
from studio.services.context import Services
from tests.shell.support import running


def request(services: Services, prompt: str = "a heron") -> ImageRequest:
    model = next(m for m in services.catalogue.models if m.answers_to("flux"))
    return ImageRequest(prompt=prompt, model=model.name, seed=7, width=1024, height=1024)


async def connect(services: Services, server: SandboxServer) -> None:
    from studio.core.secrets import Secret

    services.account.keep_in_memory(Secret(server.key), "default")
    await services.session.use_cloud("default")


async def test_without_a_service_the_way_on_is_to_sign_in(tmp_path: Path) -> None:
    async with running(tmp_path) as services:
        plan = services.create.plan(ImageRequest(prompt="a heron", model="flux", seed=1), 1)
        assert (plan.field, [action.id for action in plan.actions]) == (
            "session", ["account.sign_in", "session.sandbox"],
        )  # fmt: skip


async def test_budgets_stop_a_batch_and_name_the_preferences(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with running(tmp_path, server) as services:
            await connect(services, server)
            one = services.create.plan(request(services), 1)
            assert one.problem == ""
            assert one.price is not None
            assert one.price.high is not None
            each = one.price.high
            services.settings.change("money", batch_budget=float(each * 2), confirm_above=float(each))
            assert services.create.plan(request(services), 2).problem == ""
            assert not one.ask_first
            assert services.create.plan(request(services), 2).ask_first
            over = services.create.plan(request(services), 3)
            assert (over.field, over.actions[0].id, over.actions[0].argument) == (
                "budget", "preferences", "money",
            )  # fmt: skip
            with pytest.raises(InputError) as refused:
                await services.create.submit(over)
            assert refused.value.actions == over.actions
            assert services.jobs.all() == []


async def test_the_budget_of_the_day_counts_what_was_spent_and_what_waits(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with running(tmp_path, server) as services:
            await connect(services, server)
            services.jobs.pause("user")
            plan = services.create.plan(request(services), 1)
            assert plan.price is not None
            assert plan.price.high is not None
            each = plan.price.high
            services.settings.change("money", day_budget=float(each * 3))
            await services.profile.note_spending(
                LedgerEntry(id="e1", time=datetime.now(UTC), model="flux", cost=each)
            )
            # A pretend amount is no money.
            await services.profile.note_spending(
                LedgerEntry(id="e2", time=datetime.now(UTC), model="flux", cost=Decimal(5), sandbox=True)
            )
            await services.create.submit(plan)
            await services.create.submit(plan)
            with pytest.raises(InputError, match="Your budget for today has 0"):
                await services.create.submit(plan)
            assert len(services.jobs.all()) == 2
            services.settings.change("money", day_budget=0.0)
            await services.create.submit(plan)
