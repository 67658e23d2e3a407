"""The index: queries against a plain model of them, facets, migrations, rebuild and reconcile."""

from __future__ import annotations

import json
import shutil
import sqlite3
import threading
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.core.errors import StorageError
from studio.domain.asset import Asset, Provenance
from studio.domain.codec import to_json
from studio.domain.library import Collection, LibraryQuery, Shelves
from studio.domain.media import MediaKind
from studio.library import filing, rebuild
from studio.library.database import Database, Migration
from studio.library.index import Index, Record
from studio.library.migrations import INDEX
from studio.library.store import Library
from tests.library.makers import START, encoded, store

KINDS = (MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.MUSIC)
MODELS = ("flux", "kontext", "veo")
TAGS = ("sea", "sky", "Two Words")


def asset(number: int) -> Asset:
    """Assets that differ in everything, by a fixed rule."""
    return Asset(
        id=f"id{number:06}",
        kind=KINDS[number % 3],
        path=f"2026/11/{(number * 7919) % 1000:04}-{number}.png",
        mime="image/png",
        size=number,
        sha256=f"{number:064x}",
        created_at=START + timedelta(hours=number * 5),
        width=512 + number % 3 * 256,
        height=512,
        prompt=f"a lighthouse number{number} " + ("at dusk" if number % 2 else "in the fog"),
        rating=number % 6,
        tags=tuple(tag for place, tag in enumerate(TAGS) if number >> place & 1),
        collections=("top",) if number % 4 == 0 else ("nested",) if number % 4 == 1 else (),
        provenance=Provenance(
            model=MODELS[number // 2 % 3],
            seed=number if number % 5 else None,
            cost=Decimal(number) / 1000 if number % 7 else None,
            job_id=f"job{number}",
            batch=f"batch{number // 4}",
            parents=(f"id{number - 1:06}",) if number else (),
        ),
    )


ASSETS = [asset(number) for number in range(60)]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> object:
    made = Index(tmp_path_factory.mktemp("index") / "index.sqlite")
    made.set_shelves(
        Shelves(collections=(Collection(id="top", name="T"), Collection(id="nested", name="N", parent="top")))
    )
    made.put([Record(value) for value in ASSETS])
    yield made
    made.close()


def ids(index: Index, query: LibraryQuery) -> list[str]:
    return [row.id for row in index.rows(index.row_ids(query))]


def expected(query: LibraryQuery) -> list[str]:
    found = [
        a
        for a in ASSETS
        if (not query.kinds or a.kind in query.kinds)
        and (not query.models or a.provenance.model in query.models)
        and a.rating >= query.min_rating
        and set(query.tags) <= set(a.tags)
        and (not query.collection or a.collections)
        and (not query.batch or a.provenance.batch == query.batch)
    ]
    found.reverse()
    if query.order == "oldest":
        found.reverse()
    elif query.order == "rating":
        found.sort(key=lambda a: -a.rating)
    elif query.order == "cost":
        found.sort(key=lambda a: -(a.provenance.cost or 0))
    elif query.order == "name":
        found.sort(key=lambda a: a.path)
    return [a.id for a in found]


@given(
    st.builds(
        LibraryQuery,
        kinds=st.sampled_from([(), KINDS[:1], KINDS[:2]]),
        models=st.sampled_from([(), ("flux",), ("flux", "veo"), ("unknown",)]),
        tags=st.sampled_from([(), ("sea",), ("sea", "Two Words")]),
        min_rating=st.integers(0, 5),
        collection=st.sampled_from(["", "top"]),
        batch=st.sampled_from(["", "batch3"]),
        order=st.sampled_from(["newest", "oldest", "rating", "cost", "name"]),
    )
)
@settings(max_examples=120, deadline=None)
def test_queries_against_a_plain_model(index: Index, query: LibraryQuery) -> None:
    if "unknown" in query.models:
        assert ids(index, query) == []
        return
    assert ids(index, query) == expected(query)
    facets = index.facets(query)
    assert facets.total == index.count(query) == len(expected(query))
    for value in facets.kinds:
        assert value.count == len(expected(replace(query, kinds=(MediaKind(value.value),))))
    for value in facets.models:
        assert value.count == len(expected(replace(query, models=(value.value,))))


@given(st.text(max_size=30))
@settings(max_examples=150, deadline=None)
def test_any_search_text_is_answered(index: Index, text: str) -> None:
    index.row_ids(LibraryQuery(text=text))
    index.facets(LibraryQuery(text=text))


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("light", 60),
        ("dusk", 30),
        ("-dusk", 30),
        ('"the fog"', 30),
        ('"fog the"', 0),
        ("prompt:dusk model:flux", 10),
        ("tag:two", 28),
        ('tag:"two words"', 28),
        ('tag:"two"', 0),
        ("rating:>3", 20),
        ("rating:4..5", 20),
        ("-rating:>3", 40),
        ("seed:42", 1),
        ("seed:0", 0),
        ("size:>=1024", 20),
        ("size:768x512", 20),
        ("kind:film", 20),
        ("cost:>0.05", 8),
        ("date:2026-11-06", 5),
        ("job:job7", 1),
        ("id:id000003", 1),
        ("umber7", 1),
        ("nothing here", 0),
    ],
)
def test_search(index: Index, text: str, count: int) -> None:
    assert index.count(LibraryQuery(text=text)) == count


def test_facets_of_everything(index: Index) -> None:
    facets = index.facets(LibraryQuery())
    assert facets.cost == sum((a.provenance.cost or Decimal(0) for a in ASSETS), Decimal(0))
    assert [value.count for value in facets.kinds] == [20, 20, 20]
    assert [value.value for value in facets.ratings] == ["5", "4", "3", "2", "1", "0"]
    assert facets.days[0].value > facets.days[-1].value


def test_lineage(index: Index) -> None:
    first = index.asset("id000001")
    assert first is not None
    assert [a.id for a in index.parents(first)] == ["id000000"]
    assert [a.id for a in index.children("id000001")] == ["id000002"]


def seeded(number: int, prompt: str, *, sandbox: bool = False) -> Asset:
    provenance = Provenance(
        request={"prompt": prompt, "model": "flux", "seed": number},
        seed=number,
        cost=Decimal("0.5"),
        sandbox=sandbox,
    )
    return replace(asset(number), prompt=prompt, provenance=provenance)


STACKS = [
    seeded(0, "a hill"),
    seeded(1, "a lake", sandbox=True),
    seeded(2, "a hill"),
    replace(asset(3), provenance=Provenance(request={"parameters": {}})),
    seeded(4, "a hill", sandbox=True),
]


def test_results_that_differ_in_their_seed_stand_in_one_stack(tmp_path: Path) -> None:
    index = Index(tmp_path / "i.sqlite")
    index.put([Record(value) for value in STACKS])
    stacked = LibraryQuery(stacked=True)
    cells = index.rows(index.row_ids(stacked), stacked)
    assert [(cell.id, cell.stack) for cell in cells] == [("id000004", 3), ("id000003", 1), ("id000001", 1)]
    inside = LibraryQuery(stack_key=cells[0].stack_key)
    assert ids(index, inside) == ["id000004", "id000002", "id000000"]
    rated = LibraryQuery(stacked=True, min_rating=3)
    assert [cell.stack for cell in index.rows(index.row_ids(rated), rated)] == [1, 1]
    oldest = LibraryQuery(stacked=True, order="oldest", text="hill")
    assert [cell.id for cell in index.rows(index.row_ids(oldest))] == ["id000000"]
    index.put([Record(replace(STACKS[4], trashed_at=START))])
    assert [cell.stack for cell in index.rows(index.row_ids(stacked), stacked)] == [1, 2, 1]
    key = next(cell.stack_key for cell in index.rows(index.row_ids(stacked), stacked) if cell.stack == 2)
    assert len(index.row_ids(replace(stacked, unfolded=(key,)))) == 4
    assert sum(run.count for run in index.day_runs(stacked)) == 3
    assert sum(run.cost for run in index.day_runs(stacked)) == index.facets(stacked).cost
    index.close()


def test_costs_are_told_apart_by_whose_money_it_is(tmp_path: Path) -> None:
    index = Index(tmp_path / "i.sqlite")
    index.put([Record(value) for value in STACKS])
    facets = index.facets(LibraryQuery())
    assert (facets.cost, facets.sandbox_cost) == (Decimal(2), Decimal(1))
    (runs, few) = (index.day_runs(LibraryQuery()), index.days_of(index.row_ids(LibraryQuery())))
    assert runs == few
    assert sum(run.sandbox_cost for run in runs) == 1
    assert [row.sandbox for row in index.rows(index.row_ids(LibraryQuery()))] == [
        True,
        False,
        False,
        True,
        False,
    ]
    index.close()


def test_an_index_of_the_first_version_learns_stacks_and_the_sandbox(tmp_path: Path) -> None:
    path = tmp_path / "i.sqlite"
    database = Database(path, INDEX[:1])
    with database.write() as connection:
        for number, value in enumerate(STACKS, 1):
            connection.execute(
                "insert into assets (row, id, kind, path, name, mime, sha256, content_sha256, size, mtime_ns,"
                " sidecar_mtime_ns, created_at, day, title, rating, cost_nano, model, job_id, batch, trashed)"
                " values (?, ?, 'image', ?, '', 'image/png', ?, '', 1, 0, 0, 0, 739000, '', 0, 0, '', '', '',"
                " 0)",
                (number, value.id, value.path, value.sha256),
            )
            connection.execute("insert into details values (?, ?)", (number, json.dumps(to_json(value))))
    database.close()
    index = Index(path)
    stacked = LibraryQuery(stacked=True)
    cells = index.rows(index.row_ids(stacked), stacked)
    assert [(cell.id, cell.stack, cell.sandbox) for cell in cells] == [
        ("id000004", 3, True),
        ("id000003", 1, False),
        ("id000001", 1, True),
    ]
    index.close()


def test_plain_queries_do_not_load_the_columns(tmp_path: Path) -> None:
    index = Index(tmp_path / "i.sqlite")
    index.put([Record(value) for value in ASSETS])
    assert list(index.row_ids(LibraryQuery())) == list(range(60, 0, -1))
    assert index.count(LibraryQuery(trash=True)) == 0
    assert index._columns is None
    index.count(LibraryQuery(text="dusk"))
    index.put([Record(replace(ASSETS[0], rating=1, tags=("new",)))])
    index.remove(["id000001"])
    assert index.count(LibraryQuery(text="tag:new rating:1")) == 1
    assert index.count(LibraryQuery()) == 59
    assert index.count(LibraryQuery(text="number1")) == 10, "number10 to number19"
    index.close()


def test_a_newer_file_is_refused_and_an_older_one_is_copied_first(tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite"
    Database(path, INDEX).close()
    with sqlite3.connect(path) as connection:
        connection.execute("pragma user_version = 99")
    connection.close()
    with pytest.raises(StorageError, match="newer version"):
        Index(path)
    path.unlink()

    def m1(connection: sqlite3.Connection) -> None:
        connection.execute("create table a (x)")

    def m2(connection: sqlite3.Connection) -> None:
        connection.execute("insert into a values (1)")
        raise sqlite3.OperationalError("disk is full")

    snapshots = tmp_path / "snapshots"
    Database(path, [m1], snapshots=snapshots).close()
    with pytest.raises(StorageError):
        Database(path, [m1, m2], snapshots=snapshots)
    assert len(list(snapshots.iterdir())) == 1
    database = Database(path, [m1], snapshots=snapshots)
    assert database.reader().execute("select count(*) from a").fetchone() == (0,), "half a step is no step"
    for _ in range(7):
        database.snapshot()
    assert len(list(snapshots.iterdir())) == 5
    database.close()


def test_two_programs_that_open_a_new_file_at_the_same_moment(tmp_path: Path) -> None:
    path = tmp_path / "new.sqlite"

    def m1(connection: sqlite3.Connection) -> None:
        connection.execute("create table a (x)")

    class Overtaken(list[Migration]):
        """The other program takes each step just before this one does."""

        def __getitem__(self, index: Any) -> Any:
            Database(path, [m1]).close()
            return super().__getitem__(index)

    database = Database(path, Overtaken([m1]))
    assert database.reader().execute("pragma user_version").fetchone() == (1,)
    database.close()


def test_a_damaged_index_is_made_again(tmp_path: Path) -> None:
    library = Library(tmp_path)
    stored = store(library, 1)
    library.close()
    library.folder.index.write_bytes(b"not a database" * 100)
    for name in ("index.sqlite-wal", "index.sqlite-shm"):
        (tmp_path / ".nectary" / name).unlink(missing_ok=True)
    library = Library(tmp_path)
    assert library.index_was_lost
    rebuild.rebuild(library.folder, library.index)
    assert library.index.asset(stored.id) == stored
    library.close()


# ---------------------------------------------------------------- rebuild and reconcile


def dump(index: Index) -> list[tuple[object, ...]]:
    """Everything the index knows, without the row numbers."""
    reader = index.database.reader()
    rows = reader.execute("select * from assets order by row").fetchall()
    out: list[tuple[object, ...]] = [row[1:] for row in rows]
    for table, column in (
        ("tags", "tag"),
        ("members", "collection"),
        ("parents", "parent"),
        ("details", "json"),
    ):
        sql = f"select id, {column} from {table} join assets using (row) order by assets.row, {column}"
        out.extend(reader.execute(sql).fetchall())
    out.extend(reader.execute("select prompt, tags, model, name from texts order by row").fetchall())
    return out


def test_a_rebuilt_index_equals_the_original(tmp_path: Path) -> None:
    library = Library(tmp_path)
    stored = [store(library, number) for number in range(1, 7)]
    child = store(library, 9, provenance=Provenance(parents=(stored[0].id,), job_id="job9"))
    library.set_rating([stored[0].id, stored[2].id], 5)
    library.edit([stored[1].id], lambda a: replace(a, tags=("sea",), collections=("c1",), note="fine"))
    library.trash([stored[3].id])
    library.set_shelves(Shelves(collections=(Collection(id="c1", name="Best"),)))
    before = dump(library.index)
    library.close()
    for name in ("index.sqlite", "index.sqlite-wal", "index.sqlite-shm"):
        (tmp_path / ".nectary" / name).unlink(missing_ok=True)
    library = Library(tmp_path)
    assert rebuild.rebuild(library.folder, library.index) == 7
    assert dump(library.index) == before
    assert [a.id for a in library.index.children(stored[0].id)] == [child.id]
    assert library.shelves.collections[0].name == "Best"
    rebuild.rebuild(library.folder, library.index)
    assert dump(library.index) == before
    change = rebuild.reconcile(library.folder, library.index)
    assert change == rebuild.merged([]), "nothing changed outside"
    library.close()


def test_a_lost_sidecar_is_made_from_what_is_embedded(tmp_path: Path) -> None:
    library = Library(tmp_path)
    kept = [store(library, 1), store(library, 2, encoded("JPEG", 2)), store(library, 3, encoded("WEBP", 3))]
    for value in kept:
        library.folder.sidecar(value).unlink()
    (tmp_path / "2026/11/stranger.gif").write_bytes(encoded("GIF", 4))
    (tmp_path / "2026/11/damaged.png").write_bytes(encoded("PNG", 5)[:80])
    (tmp_path / "2026/11/readme.txt").write_text("the user's own")
    library.index.clear()
    assert rebuild.rebuild(library.folder, library.index) == 4
    for value in kept:
        found = library.index.asset(value.id)
        assert found is not None
        assert (found.prompt, found.path, found.sha256) == (value.prompt, value.path, value.sha256)
        assert found.provenance.seed == value.provenance.seed
        assert library.folder.sidecar(found).is_file()
    (stranger,) = library.index.rows(library.index.row_ids(LibraryQuery(text="stranger")))
    assert (tmp_path / (stranger.path + ".json")).is_file(), "its id lasts"
    rebuild.rebuild(library.folder, library.index)
    assert library.index.asset(stranger.id) is not None
    library.close()


def test_a_damaged_sidecar_is_put_aside(tmp_path: Path) -> None:
    library = Library(tmp_path)
    value = store(library, 1)
    library.folder.sidecar(value).write_text("{half")
    rebuild.rebuild(library.folder, library.index)
    found = library.index.asset(value.id)
    assert found is not None
    assert found.prompt == value.prompt
    assert [p.name.partition("_")[2] for p in library.folder.quarantine.iterdir()] == [
        Path(value.path).name + ".json"
    ]
    library.close()


def test_reconcile_follows_what_happened_outside(tmp_path: Path) -> None:
    library = Library(tmp_path)
    moved, renamed, gone, edited, copied, away = [store(library, n) for n in range(1, 7)]
    root = library.folder.root
    best = root / "best"
    best.mkdir()
    for value in (moved,):
        shutil.move(root / value.path, best)
        shutil.move(filing.sidecar_of(root / value.path), best)
    (root / renamed.path).rename(root / "2026/11/renamed.png")
    (root / gone.path).unlink()
    sidecar = library.folder.sidecar(edited)
    sidecar.write_text(json.dumps(json.loads(sidecar.read_text()) | {"rating": 4}))
    shutil.copy(root / copied.path, best / "copy.png")
    shutil.copy(filing.sidecar_of(root / copied.path), best / "copy.png.json")
    (library.folder.root / "2026/11" / ".x.json.1.part").write_text("torn")
    change = rebuild.reconcile(library.folder, library.index)
    assert (len(change.added), len(change.updated), len(change.removed)) == (1, 3, 1)
    get = library.index.asset
    assert get(moved.id) == replace(moved, path=f"best/{Path(moved.path).name}")
    assert get(renamed.id) == replace(renamed, path="2026/11/renamed.png")
    assert not filing.sidecar_of(root / renamed.path).exists()
    assert get(gone.id) is None
    assert get(edited.id) == replace(edited, rating=4)
    assert get(copied.id) == copied
    assert get(away.id) == away
    assert not (root / "2026/11/.x.json.1.part").exists()
    assert rebuild.reconcile(library.folder, library.index) == rebuild.merged([])
    before = dump(library.index)
    rebuild.rebuild(library.folder, library.index)
    assert sorted(map(str, dump(library.index))) == sorted(map(str, before))
    library.close()


def test_reading_goes_on_while_writing(tmp_path: Path) -> None:
    index = Index(tmp_path / "i.sqlite")
    index.put([Record(ASSETS[0])])
    index.facets(LibraryQuery())
    failures: list[BaseException] = []

    def read() -> None:
        try:
            for _ in range(40):
                total = index.facets(LibraryQuery(text="light")).total
                assert 1 <= total <= 60
                index.rows(index.row_ids(LibraryQuery(order="name")))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for value in ASSETS[1:]:
        index.put([Record(value)])
    for thread in threads:
        thread.join()
    index.close()
    assert not failures
