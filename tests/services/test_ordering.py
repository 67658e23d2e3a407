"""What an order leaves, the budgets that stop it, and that its jobs are written down as they were priced."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from studio.core.errors import InputError
from studio.domain.codec import to_json
from studio.domain.job import JobState
from studio.domain.pricing import Estimate
from studio.sandbox.server import SandboxServer
from studio.services.ordering import Order, Ordering
from tests.services.studio import Studio, connected, opened, picture


def ordering_of(studio: Studio) -> Ordering:
    made = studio.services
    return Ordering(made.jobs, made.account, made.session, made.profile, made.settings)


async def test_a_quote_says_what_is_left_and_when_to_ask(tmp_path: Path) -> None:
    with SandboxServer(balance="3") as server:
        async with connected(tmp_path, server) as studio:
            ordering = ordering_of(studio)
            studio.services.settings.change("money", confirm_above=0.01, batch_budget=0.5)
            assert ordering.quote(None).leaves is None
            small, large = ordering.quote(Decimal("0.01")), ordering.quote(Decimal("0.016"))
            assert (small.ask_first, large.ask_first) == (False, True)
            assert large.leaves == Decimal("2.984")
            assert ordering.too_dear(large) == ("", "")
            assert ordering.too_dear(ordering.quote(Decimal("0.6")))[1] == "budget"
            assert ordering.too_dear(ordering.quote(Decimal(4)))[0] == "This costs more than you have left."


async def test_nothing_is_ordered_before_there_is_a_service(tmp_path: Path) -> None:
    async with opened(tmp_path, {}) as studio:
        assert ordering_of(studio).unready() == ("Sign in or open the sandbox to make something.", "session")


async def test_the_budget_of_the_day_counts_what_waits(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with connected(tmp_path, server) as studio:
            ordering = ordering_of(studio)
            model = studio.services.catalogue.find("flux")
            assert model is not None
            studio.services.settings.change("money", day_budget=0.01)
            studio.services.jobs.pause("user")
            price = Estimate(low=Decimal("0.004"), high=Decimal("0.006"))
            order = Order(
                kind="image", request=to_json(picture()), model=model, title="a\nheron", price=price
            )
            (job,) = await ordering.submit([order], sandbox=False)
            assert (job.title, job.estimate, job.state) == ("a heron", Decimal("0.006"), JobState.QUEUED)
            await ordering.check_day(Decimal("0.004"), sandbox=False)
            await ordering.check_day(Decimal("0.006"), sandbox=True)
            with pytest.raises(InputError, match=r"0\.004 pollen left"):
                await ordering.check_day(Decimal("0.005"), sandbox=False)
