"""What was spent, by model, collection and day: exact, and the same as adding up by hand."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path

from studio.domain.asset import Provenance
from studio.domain.library import Collection, LibraryQuery, Shelves, Sum
from studio.library.store import Library
from tests.library.makers import START, store


def test_sums_are_what_adding_up_gives(tmp_path: Path) -> None:
    from datetime import timedelta

    library = Library(tmp_path)
    library.set_shelves(
        Shelves(
            collections=(
                Collection(id="a", name="Sea"),
                Collection(id="b", name="Coast", parent="a"),
                Collection(id="c", name="Empty"),
            )
        )
    )
    models, days, shelves = Counter[str](), Counter[str](), Counter[str]()
    costs = [Decimal("0.000000001"), Decimal("0.1"), Decimal("0.0021"), None, Decimal("7.25")]
    for number in range(20):
        cost = costs[number % 5]
        model, moment = ("flux", "turbo", "")[number % 3], START + timedelta(days=number % 4)
        inside = (("a",), ("b",), ("a", "b"), ())[number % 4]
        store(
            library, number, created_at=moment, collections=inside,
            provenance=Provenance(model=model, seed=number, cost=cost, sandbox=number % 2 == 0),
        )  # fmt: skip
        amount = cost or Decimal(0)
        models[model] += amount  # type: ignore[assignment]
        days[f"{moment.astimezone():%Y-%m-%d}"] += amount  # type: ignore[assignment]
        if inside:
            shelves["a"] += amount  # type: ignore[assignment]
        if "b" in inside:
            shelves["b"] += amount  # type: ignore[assignment]
    found = library.index.sums(LibraryQuery())

    def told(sums: tuple[Sum, ...]) -> dict[str, Decimal]:
        return {one.value: one.cost for one in sums}

    assert told(found.models) == {name: cost for name, cost in models.items() if name and cost}
    assert told(found.days) == {day: cost for day, cost in days.items() if cost}
    assert told(found.collections) == {"a": shelves["a"], "b": shelves["b"]}
    assert found.total.cost == sum(models.values())
    assert 0 < found.total.sandbox_cost < found.total.cost
    assert [one.value for one in found.days] == sorted(told(found.days), reverse=True)
    only = library.index.sums(LibraryQuery(text="cost:>1", models=("flux",)))
    assert told(only.models) == {"flux": only.total.cost}
    assert only.total.count == library.index.count(LibraryQuery(text="cost:>1 model:flux"))
    assert library.index.sums(LibraryQuery(text="nothing at all")).models == ()
    library.close()
