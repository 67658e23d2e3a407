"""How fast the library stores, imports and rebuilds, and how fast it answers at 100,000 assets."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from PIL import Image

from studio.domain.asset import Asset, AssetDraft, Provenance
from studio.domain.library import LibraryQuery
from studio.domain.media import MediaKind
from studio.library import filing, rebuild
from studio.library.index import Index, Record
from studio.library.store import Library
from studio.services.library import LibraryService

START = datetime(2024, 1, 1, tzinfo=UTC)
WORDS = 6_000
DIFFERENT = 48  # pictures
DISK_FILES = 100
MODELS = ("flux", "kontext", "turbo", "gptimage", "seedream", "nanobanana", "veo", "seedance")
TAGS = tuple(f"tag{number}" for number in range(40))


def run(
    *, stored: int = 60, imported: int = 2_000, rebuilt: int = 4_000, size: int = 100_000
) -> dict[str, float]:
    """One JSON-able object; rates per second, times in ms (medians of 15, `…_max_ms` the longest)."""
    with tempfile.TemporaryDirectory(prefix="nectary-benchmark-") as folder:
        out = _storing(Path(folder) / "store", stored)
        out |= _importing(Path(folder) / "import", imported)
        out |= _rebuilding(Path(folder) / "rebuild", rebuilt)
        out |= _asking(Path(folder) / "index.sqlite", size)
    return out


def picture(rng: random.Random, side: int = 1024) -> bytes:
    """A JPEG of about 150 KB with soft noise, unlike every other one."""
    small = Image.effect_noise((side // 8, side // 8), 60)
    colour = Image.new("RGB", (side, side), tuple(rng.randrange(256) for _ in range(3)))
    mixed = Image.blend(small.resize((side, side)).convert("RGB"), colour, 0.5)
    out = io.BytesIO()
    mixed.save(out, "JPEG", quality=85)
    return out.getvalue()


def asset(number: int, rng: random.Random) -> Asset:
    """A made-up asset; prompts are 8 to 40 words with a few common and many rare ones."""
    words = [f"w{int(WORDS * rng.random() ** 3)}" for _ in range(rng.randint(8, 40))]
    model = MODELS[int(len(MODELS) * rng.random() ** 2)]
    return Asset(
        id=f"id{number:010}",
        kind=MediaKind.VIDEO if model in ("veo", "seedance") else MediaKind.IMAGE,
        path=f"{2024 + number // 60_000}/{number // 5_000 % 12 + 1:02}/{number:08}.jpg",
        mime="image/jpeg",
        size=100_000 + number,
        sha256=f"{number:064x}",
        created_at=START + timedelta(minutes=9 * number),
        width=1024,
        height=1024,
        prompt="a lighthouse " + " ".join(words),
        rating=rng.choice((0, 0, 0, 0, 1, 2, 3, 4, 5)),
        tags=tuple(dict.fromkeys(rng.choices(TAGS, k=rng.randint(0, 3)))),
        provenance=Provenance(
            job_id=f"job{number}", model=model, seed=number, cost=Decimal(rng.randint(1, 90)) / 10_000
        ),
    )


def _storing(root: Path, count: int) -> dict[str, float]:
    """The whole way of one result: decode, embed, flush, file, index, thumbnail."""
    rng = random.Random(1)
    pictures = [picture(rng) for _ in range(count)]
    library = Library(root)
    with _counted_flushes() as flushes:
        began = time.perf_counter()
        for number, data in enumerate(pictures):
            incoming = library.incoming_path(f"job{number}")
            incoming.write_bytes(data)
            draft = AssetDraft(kind=MediaKind.IMAGE, prompt=f"a lighthouse {number}")
            stored, _ = library.commit(library.prepare(incoming, draft))
            library.thumbnail(stored)
        rate = count / (time.perf_counter() - began)
    library.close()
    return {
        "writes_per_s": round(rate, 1),
        "flushes_per_write": round(len(flushes) / count, 2),
        "flush_ms_per_write": round(sum(flushes) / count * 1000, 2),
        "disk_flushes_per_s": round(_disk_flushes(root, pictures[0]), 1),
    }


@contextlib.contextmanager
def _counted_flushes() -> Iterator[list[float]]:
    """How long each `fsync` meanwhile took, in seconds."""
    flushes: list[float] = []
    fsync = os.fsync

    def timed(descriptor: int) -> None:
        began = time.perf_counter()
        fsync(descriptor)
        flushes.append(time.perf_counter() - began)

    os.fsync = timed
    try:
        yield flushes
    finally:
        os.fsync = fsync


def _disk_flushes(root: Path, data: bytes) -> float:
    """What the disk can do: files of a picture's size, each flushed, per second."""
    began = time.perf_counter()
    for number in range(DISK_FILES):
        with (root / f"flushed{number}").open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    return DISK_FILES / (time.perf_counter() - began)


def _importing(root: Path, count: int) -> dict[str, float]:
    """Taking pictures of other programs in: copied, flushed, metadata read, indexed."""
    rng = random.Random(2)
    source = root.with_name("elsewhere")
    source.mkdir()
    different = [picture(rng) for _ in range(DIFFERENT)]
    for number in range(count):
        # A comment of its own makes each file unlike every other one.
        comment = b"\xff\xfe\x00\x0a%08d" % number
        data = different[number % DIFFERENT]
        (source / f"{number}.jpg").write_bytes(data[:2] + comment + data[2:])
    paths = sorted(source.iterdir())
    with asyncio.Runner() as runner:
        lasted, done = runner.run(_import_all(root, paths))
    return {"import_per_s": round(done / lasted, 1)}


async def _import_all(root: Path, paths: list[Path]) -> tuple[float, int]:
    service = LibraryService(root)
    await service.open()
    began = time.perf_counter()
    imported = await service.import_files(paths)
    lasted = time.perf_counter() - began
    await service.close()
    return lasted, len(imported.assets)


def _rebuilding(root: Path, count: int) -> dict[str, float]:
    rng = random.Random(3)
    for number in range(count):
        value = asset(number, rng)
        path = root / value.path
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.truncate(value.size)
        path.with_name(path.name + ".json").write_bytes(filing.sidecar_bytes(value))
    library = Library(root)
    began = time.perf_counter()
    done = rebuild.rebuild(library.folder, library.index)
    rate = done / (time.perf_counter() - began)
    began = time.perf_counter()
    rebuild.reconcile(library.folder, library.index)
    unchanged = count / (time.perf_counter() - began)
    library.close()
    return {"rebuild_per_s": round(rate, 1), "reconcile_per_s": round(unchanged, 1)}


def _asking(path: Path, size: int) -> dict[str, float]:
    rng = random.Random(4)
    index = Index(path)
    for start in range(0, size, 5_000):
        index.put([Record(asset(n, rng)) for n in range(start, min(start + 5_000, size))])
    index.close()
    began = time.perf_counter()
    index = Index(path)
    opened = time.perf_counter() - began
    out = {"open_ms": round(opened * 1000, 2)}
    newest = index.row_ids(LibraryQuery())[:60]
    questions: dict[str, Callable[[], object]] = {
        "page": lambda: index.rows(newest),
        "all_ids": lambda: index.row_ids(LibraryQuery()),
    }
    out |= _timed(index, questions)
    began = time.perf_counter()
    index.columns()
    out["load_columns_ms"] = round((time.perf_counter() - began) * 1000, 1)
    typed = "w1 w25"
    questions = {
        **{
            f"search_{n}": (lambda text=typed[: n + 1]: index.row_ids(LibraryQuery(text=text)))
            for n in range(len(typed))
        },
        "search_everything": lambda: index.row_ids(LibraryQuery(text="lighthouse")),
        "search_rare": lambda: index.row_ids(LibraryQuery(text="w5987")),
        "search_fields": lambda: index.row_ids(LibraryQuery(text="model:flux rating:>3 -w1 date:2024")),
        "search_nothing": lambda: index.row_ids(LibraryQuery(text="zebra")),
        "filter": lambda: index.row_ids(LibraryQuery(models=("flux",), min_rating=3)),
        "by_rating": lambda: index.row_ids(LibraryQuery(order="rating")),
        "facets": lambda: index.facets(LibraryQuery()),
        "facets_filtered": lambda: index.facets(LibraryQuery(models=("flux",), tags=("tag1",))),
        "facets_searched": lambda: index.facets(LibraryQuery(text="w1")),
        "count": lambda: index.count(LibraryQuery(min_rating=3)),
    }
    out |= _timed(index, questions)
    number = size
    writes: list[float] = []
    for _ in range(50):
        began = time.perf_counter()
        index.put([Record(asset(number, rng))])
        writes.append(time.perf_counter() - began)
        number += 1
    out["index_one_ms"] = round(statistics.median(writes) * 1000, 2)
    index.close()
    return out


def _timed(index: Index, questions: dict[str, Callable[[], object]]) -> dict[str, float]:
    out: dict[str, float] = {}
    for name, question in questions.items():
        times: list[float] = []
        for _ in range(15):
            index.forget_searches()
            began = time.perf_counter()
            question()
            times.append((time.perf_counter() - began) * 1000)
        out[f"{name}_ms"] = round(statistics.median(times), 2)
        out[f"{name}_max_ms"] = round(max(times), 2)
    return out
