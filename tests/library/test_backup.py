"""A backup holds everything but keys, and comes back whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import shutil
import sqlite3
import stat
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from studio.core.errors import DiskFullError, StorageError
from studio.core.settings import Network, Settings
from studio.domain.backup import MANIFEST, BackupWish, Manifest, Part
from studio.domain.job import Job, JobState
from studio.domain.library import Collection, Shelves
from studio.library import backup, restore, swap
from studio.library.backup import BackupStoppedError, Sources, copy_database, make_backup, measure
from studio.library.migrations import PROFILE
from studio.library.profile_store import LedgerEntry, ProfileStore
from studio.library.store import Library
from tests.library.makers import store

KEY = "sk_planted0123456789abcdef"
ALL = BackupWish(library=True, trash=True)
NOW = datetime(2026, 11, 20, tzinfo=UTC)


def sources(home: Path) -> Sources:
    return Sources(profile=home, wildcards=home / "wildcards", library=home / "library")


def fill(home: Path, first: int = 1) -> None:
    """A profile with something of everything, and keys where somebody might have put them."""
    profile = ProfileStore(home)
    profile.prompts.add("create", f"a lighthouse {first}")
    profile.drafts.put("create.prompt", {"text": "half"})
    profile.ledger.put(LedgerEntry(id=f"e{first}", time=NOW, model="flux", cost=Decimal("0.1")))
    states = (JobState.DONE, JobState.RUNNING, JobState.QUEUED)
    profile.jobs.add_all(
        [Job(id=f"{state}{first}", kind="image", request={}, created_at=NOW, state=state) for state in states]
    )
    profile.close()
    (home / "settings.toml").write_text(
        f'[look]\ntheme = "dark"\n[files]\nlibrary = "/mnt/old"\n[mine]\napi_key = "{KEY}"\n'
        '[network]\ngen = "https://evil.example"\ntrusted = "https://evil.example"\nproxy = "own"\n'
        '[legacy]\nurl = "https://evil.example"\n[chat]\nimage_tool = "always"\n',
        encoding="utf-8",
    )
    (home / "key.json").write_text(KEY, encoding="utf-8")
    (home / "window.state").write_text(KEY, encoding="utf-8")
    (home / "wildcards" / "deep").mkdir(parents=True)
    (home / "wildcards" / "deep" / "colours.txt").write_text("red\n", encoding="utf-8")
    (home / "wildcards" / "notes.md").write_text(KEY, encoding="utf-8")
    library = Library(home / "library")
    kept = store(library, first)
    library.set_rating([kept.id], 4)
    library.set_shelves(Shelves(collections=(Collection(id="c", name="Coasts"),)))
    library.edit([kept.id], lambda asset: asset)
    library.trash([store(library, first + 1).id])
    library.close()
    private = home / "library" / ".nectary"
    (private / "pieces" / "job").mkdir(parents=True)
    (private / "pieces" / "job" / "000.json").write_text("{}", encoding="utf-8")
    (home / "library" / ".hidden").write_text(KEY, encoding="utf-8")
    (home / "library" / "away").symlink_to(home / "key.json")


def seen(home: Path) -> dict[str, str]:
    """SHA-256 of what a user would miss, by its name."""
    found = {}
    for _name, path in sources(home).files(ALL):
        found[path.relative_to(home).as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def rows(home: Path) -> dict[str, list[tuple[object, ...]]]:
    with sqlite3.connect(home / "studio.sqlite") as connection:
        found = {
            table: connection.execute(f"select * from {table} order by 1").fetchall()
            for table in ("ledger", "drafts", "prompts")
        }
    connection.close()
    return found


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """A filled machine and its backup, made once."""
    home = tmp_path_factory.mktemp("template")
    fill(home / "old")
    manifest = make_backup(sources(home / "old"), home / "everything.zip", ALL)
    return SimpleNamespace(home=home, manifest=manifest)


@pytest.fixture
def made(tmp_path: Path, template: SimpleNamespace) -> SimpleNamespace:
    """A filled machine and its backup."""
    shutil.copytree(template.home, tmp_path, symlinks=True, dirs_exist_ok=True)
    return SimpleNamespace(old=tmp_path / "old", file=tmp_path / "everything.zip", manifest=template.manifest)


def swapped(file: Path, home: Path) -> swap.Restored:
    staged = restore.stage(file, home, home / "library")
    swap.write_plan(home, staged.plan)
    done = swap.carry_out(home)
    assert done is not None
    return done


def test_everything_comes_back_on_an_empty_machine(made: SimpleNamespace, tmp_path: Path) -> None:
    new = tmp_path / "new"
    new.mkdir()
    looked = restore.look(made.file)
    assert looked == made.manifest
    assert looked.counts == {"conversations": 0, "messages": 0, "jobs": 3, "ledger": 1, "files": 1}
    assert looked.size == sum(part.size for part in looked.parts)
    done = swapped(made.file, new)
    assert done.aside == ()
    assert seen(new) == seen(made.old)
    assert rows(new) == rows(made.old)
    settings = Settings(new / "settings.toml")
    assert settings.values.look.theme == "dark"
    assert settings.values.files.library == ""
    # Where the key goes and what is spent unasked is not decided by a file from elsewhere.
    assert settings.values.network == Network()
    assert settings.values.legacy.url == ""
    assert settings.values.chat.image_tool == "ask"
    profile = ProfileStore(new)
    # What was under way may have been paid for since: it waits for the user.
    assert {job.state for job in profile.jobs.unfinished()} == {JobState.PAUSED}
    profile.close()
    library = Library(new / "library")
    assert library.index_was_lost
    assert [collection.name for collection in library.shelves.collections] == ["Coasts"]
    library.close()
    file = next((new / "library").glob("2026/*/*.png"))
    assert file.stat().st_mtime_ns == next((made.old / "library").glob("2026/*/*.png")).stat().st_mtime_ns
    assert swap.told(new) == done
    assert swap.told(new) is None
    assert not list(new.glob("incoming-*"))


def test_a_new_profile_is_made_beside_the_present_one(made: SimpleNamespace, tmp_path: Path) -> None:
    new = tmp_path / "portable"
    new.mkdir()
    restore.unpack_new(made.file, new)
    assert seen(new) == seen(made.old)
    assert rows(new) == rows(made.old)
    assert not list(tmp_path.glob(".*"))
    with pytest.raises(StorageError, match="not empty"):
        restore.unpack_new(made.file, new)


def test_no_key_is_in_it(made: SimpleNamespace) -> None:
    assert KEY.encode() not in made.file.read_bytes()
    with zipfile.ZipFile(made.file) as archive:
        names = archive.namelist()
        for name in names:
            assert KEY.encode() not in archive.read(name), name
    assert not [name for name in names if "key" in name or "window" in name or "hidden" in name]


@pytest.mark.parametrize(
    "line",
    ["api_key = '{}'", 'password = """{}"""', 'proxy_password = "{}"', 'url = "https://{}@proxy.example"',
     '"my token" = "{}"', 'deep = {{secret = "{}"}}', 'broken = = "Bearer {}"', 'cookie = "session={}"'],
)  # fmt: skip
def test_preferences_written_by_hand_bring_no_key_along(line: str) -> None:
    text = backup.without_keys('[look]\ntheme = "dark"\n[mine]\n' + line.format("Zq9planted7Words"))
    assert "Zq9planted7Words" not in text
    assert 'theme = "dark"' in text


def test_the_profile_alone(made: SimpleNamespace, tmp_path: Path) -> None:
    small = tmp_path / "small.zip"
    manifest = make_backup(sources(made.old), small, BackupWish(library=False, trash=True))
    assert not manifest.library
    assert not manifest.trash
    assert not manifest.library_size
    new = tmp_path / "new"
    fill(new, 7)
    files = {name: sha for name, sha in seen(new).items() if name.startswith("library")}
    done = swapped(small, new)
    assert {name: sha for name, sha in seen(new).items() if name.startswith("library")} == files
    assert rows(new) == rows(made.old)
    (aside,) = done.aside
    assert (Path(aside) / "studio.sqlite").exists()
    assert (Path(aside) / "settings.toml").read_text(encoding="utf-8").count(KEY) == 1


def test_what_was_there_is_kept_aside(made: SimpleNamespace, tmp_path: Path) -> None:
    new = tmp_path / "new"
    fill(new, 7)
    before, money = seen(new), rows(new)
    done = swapped(made.file, new)
    assert seen(new) == seen(made.old)
    profile, library = map(Path, done.aside)
    kept = {
        path.relative_to(library).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in library.rglob("*") if path.is_file() and not path.is_symlink()
    }  # fmt: skip
    for name, sha in before.items():
        if name.startswith("library/"):
            assert kept[name.removeprefix("library/")] == sha
    assert rows(profile) == money
    assert (new / "key.json").exists()
    assert sorted(swap.leftovers(new, new / "library")) == sorted([profile, library])


def test_it_is_consistent_while_the_profile_is_written_to(tmp_path: Path) -> None:
    profile = ProfileStore(tmp_path / "p")
    for number in range(50):
        profile.prompts.add("create", f"p{number}")
    assert (tmp_path / "p" / "studio.sqlite-wal").stat().st_size
    with profile.database.write() as connection:
        connection.execute("delete from prompts")
        schema, _counts = copy_database(tmp_path / "p" / "studio.sqlite", tmp_path / "copy")
    profile.close()
    assert schema == len(PROFILE)
    with sqlite3.connect(tmp_path / "copy") as copy:
        assert copy.execute("select count(*) from prompts").fetchone() == (50,)
    copy.close()


def test_stopping_leaves_nothing(made: SimpleNamespace, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    make_backup(sources(made.old), tmp_path / "b.zip", ALL, tell=lambda *step: told.append(step))
    assert told[-1][0] <= told[-1][1]
    old = made.file.read_bytes()
    for after in range(1, 4):
        left = [after]

        def stopped(left: list[int] = left) -> bool:
            left[0] -= 1
            return left[0] < 0

        with pytest.raises(BackupStoppedError):
            make_backup(sources(made.old), made.file, ALL, stopped=stopped)
        assert made.file.read_bytes() == old
        new = tmp_path / f"new{after}"
        left[0] = after
        with pytest.raises(BackupStoppedError):
            restore.stage(made.file, new, new / "library", stopped=stopped)
        assert not [path for path in new.rglob("*") if path.is_file()]
    assert sorted(path.name for path in tmp_path.glob(".*")) == []


def test_room_is_asked_for_first(
    made: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=1000))
    with pytest.raises(DiskFullError, match="not enough room"):
        make_backup(sources(made.old), tmp_path / "b.zip", ALL)
    with pytest.raises(DiskFullError, match="not enough room"):
        restore.stage(made.file, tmp_path / "new", tmp_path / "new" / "library")
    assert not (tmp_path / "new").exists()
    assert measure(sources(made.old), ALL) > 1000


def test_names_and_files_that_cannot_be_read_are_left_out_and_counted(
    made: SimpleNamespace, tmp_path: Path
) -> None:
    strange = os.fsdecode(b"sch\xf6n.png")
    (made.old / "library" / strange).write_bytes(b"x")
    manifest = make_backup(sources(made.old), tmp_path / "b.zip", ALL)
    assert manifest.counts["left_out"] == 1


def test_a_backup_stays_out_of_the_library_and_of_the_next_backup(made: SimpleNamespace) -> None:
    inside = made.old / "library" / f"mine{backup.SUFFIX}"
    make_backup(sources(made.old), inside, ALL)
    again = make_backup(sources(made.old), inside, ALL)
    assert not [part for part in again.parts if part.name.endswith(".zip")]
    with pytest.raises(StorageError, match="own folder"):
        make_backup(sources(made.old), made.old / "library" / ".nectary" / "b.zip", ALL)


# ---------------------------------------------------------------- hostile archives


def rewritten(
    file: Path,
    target: Path,
    *,
    change: Callable[[dict[str, object]], object] = lambda _data: None,
    extra: dict[str, bytes] | None = None,
    data: dict[str, bytes] | None = None,
    mode: int = stat.S_IFREG,
    mode_of: str = "",
) -> Path:
    """The backup with something else in it; the manifest says what `change` makes of it."""
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(target, "w") as archive:
        told = json.loads(source.read(MANIFEST))
        entries = {name: source.read(name) for name in source.namelist() if name != MANIFEST}
        entries |= extra or {}
        for name, content in (extra or {}).items():
            sha = hashlib.sha256(content).hexdigest()
            told["parts"].append({"name": name, "size": len(content), "sha256": sha})
        change(told)
        for name, content in (entries | (data or {})).items():
            info = zipfile.ZipInfo(name)
            info.external_attr = (mode if name == mode_of else stat.S_IFREG) << 16
            archive.writestr(info, content)
        archive.writestr(MANIFEST, json.dumps(told))
    return target


def without_profile(told: dict[str, Any]) -> None:
    told["parts"].pop(0)


@pytest.mark.parametrize(
    "name",
    [
        "../evil", "/etc/passwd", "library/../../evil", "library/a/../../x", "profile/key.json",
        "profile/x.py",
        "profile/wildcards/../key.json", "profile/wildcards/../../x.txt", "library/.nectary/lock",
        "library/.nectary/index.sqlite", "library/.nectary/trash/../lock", "library/.bashrc", "other/x",
        "library/.nectary/pieces/../../../x", "library//x", "profile/snapshots/studio-x.sqlite",
    ],
)  # fmt: skip
def test_names_that_lead_elsewhere_are_refused(made: SimpleNamespace, tmp_path: Path, name: str) -> None:
    bad = rewritten(made.file, tmp_path / "bad.zip", extra={name: b"x"})
    with pytest.raises(restore.BadBackupError):
        restore.look(bad)
    with pytest.raises(restore.BadBackupError):
        restore.stage(bad, tmp_path / "new", tmp_path / "new" / "library")
    assert not [path for path in tmp_path.rglob("*") if path.name in ("evil", "passwd")]


def test_links_bombs_and_lies_are_refused(made: SimpleNamespace, tmp_path: Path) -> None:
    picture = next(part.name for part in made.manifest.parts if part.name.endswith(".png"))
    bad = tmp_path / "bad.zip"

    def resized(told: dict[str, object]) -> None:
        for part in told["parts"]:  # type: ignore[attr-defined]
            part["size"] = 5 if part["name"] == picture else part["size"]

    def doubled(told: dict[str, object]) -> None:
        told["parts"].append(told["parts"][0])  # type: ignore[attr-defined]

    cases: list[dict[str, object]] = [
        {"mode": stat.S_IFLNK, "mode_of": picture},
        {"mode": stat.S_IFIFO, "mode_of": picture},
        {"data": {picture: b"0" * 10_000_000}},
        {"change": resized},
        {"change": doubled},
        {"change": lambda told: told.update(parts=[])},
        {"change": lambda told: told.update(parts=7)},
        {"change": lambda told: told.pop("format")},
        {"change": lambda told: told.update(library=False)},
        {"data": {"library/unlisted.png": b"x"}},
    ]
    for case in cases:
        with pytest.raises(restore.BadBackupError):
            restore.look(rewritten(made.file, bad, **case))  # type: ignore[arg-type]
    for case in ({"format": 99}, {"schema": 999}):
        newer = rewritten(made.file, bad, change=lambda told, case=case: told.update(case))
        with pytest.raises(restore.BadBackupError, match="newer version"):
            restore.look(newer)


def test_wrong_sums_and_damaged_profiles_are_refused_and_leave_nothing(
    made: SimpleNamespace, tmp_path: Path
) -> None:
    picture = next(part for part in made.manifest.parts if part.name.endswith(".png"))
    new, bad = tmp_path / "new", tmp_path / "bad.zip"
    fill(new, 9)
    before, money = seen(new), rows(new)
    rewritten(made.file, bad, data={picture.name: b"x" * picture.size})
    with pytest.raises(restore.BadBackupError, match="damaged"):
        restore.stage(bad, new, new / "library")
    for content in (b"no database" * 100, b""):
        rewritten(made.file, bad, change=without_profile, extra={"profile/studio.sqlite": content})
        with pytest.raises(restore.BadBackupError, match="damaged"):
            restore.stage(bad, new, new / "library")
    with sqlite3.connect(tmp_path / "newer") as later:
        later.execute(f"pragma user_version = {len(PROFILE) + 1}")
        later.execute("create table t (x)")
    later.close()
    rewritten(
        made.file, bad, change=without_profile,
        extra={"profile/studio.sqlite": (tmp_path / "newer").read_bytes()},
    )  # fmt: skip
    with pytest.raises(restore.BadBackupError, match="newer version"):
        restore.stage(bad, new, new / "library")
    assert (seen(new), rows(new)) == (before, money)
    assert swap.leftovers(new, new / "library") == []


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06", b"not a zip" * 1000])
def test_what_is_no_backup_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(restore.BadBackupError):
        restore.look(tmp_path / "x.zip")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(restore.BadBackupError, match="cannot be used"):
        restore.look(tmp_path / "other.zip")
    with pytest.raises(StorageError, match="not there"):
        restore.look(tmp_path / "gone.zip")


def test_nonsense_in_the_list_is_refused(made: SimpleNamespace, tmp_path: Path) -> None:
    nonsense = {
        "format": [float("inf"), float("nan"), "x", None, []],
        "schema": [float("inf"), "x", 10**30, True],
        "program": ["x" * 1000, "1.0\n\nand more", "\ud800", 7],
        "made_at": ["0001-01-01T00:00:00", "soon", 7],
        "counts": [{"files": float("nan")}, {"files": 10**30}, {"files": "many"}, []],
        "parts": [[[]], [{"name": "profile/studio.sqlite", "size": 1e400, "sha256": ""}]],
    }
    for name, values in nonsense.items():
        for value in values:
            bad = rewritten(
                made.file, tmp_path / "bad.zip", change=lambda told, n=name, v=value: told.update({n: v})
            )
            with pytest.raises(restore.BadBackupError):
                restore.look(bad)


@pytest.mark.parametrize("packing", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_a_list_that_is_packed_strangely_is_refused(tmp_path: Path, packing: int) -> None:
    bad = tmp_path / "bad.zip"
    with zipfile.ZipFile(bad, "w") as archive:
        archive.writestr(MANIFEST, b"{}" * 1000, packing)
    bad.write_bytes(bytes(byte ^ 255 if 60 <= at < 70 else byte for at, byte in enumerate(bad.read_bytes())))
    with pytest.raises(restore.BadBackupError):
        restore.look(bad)


def test_folders_pipes_and_scribbled_tables_are_no_backups(made: SimpleNamespace, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(restore.BadBackupError):
            restore.look(path)
    whole = made.file.read_bytes()
    table = int.from_bytes(whole[-6:-2], "little")
    chance = random.Random(5)
    for _ in range(150):
        scribbled = bytearray(whole)
        for _ in range(chance.choice([1, 2, 5])):
            scribbled[chance.randrange(table, len(whole))] = chance.randrange(256)
        (tmp_path / "scribbled.zip").write_bytes(scribbled)
        with contextlib.suppress(StorageError):  # any other error is a bug
            restore.look(tmp_path / "scribbled.zip")


@pytest.mark.parametrize(
    "statements",
    [
        ["drop table jobs"],
        ["pragma user_version = -5"],
        [f"update jobs set json = '{'[' * 100_000}'"],
        ["create trigger t before update on jobs begin select raise(abort, 'no'); end"],
        ["create trigger t after update on jobs begin delete from jobs; end"],
        ["create trigger t after insert on ledger begin delete from ledger; end"],
        ["alter table jobs rename to other", "create view jobs as select * from other"],
    ],
    ids=["no table", "version", "deep", "aborts", "deletes", "spends", "view"],
)
def test_a_profile_with_traps_is_refused_and_leaves_nothing(
    made: SimpleNamespace, tmp_path: Path, statements: list[str]
) -> None:
    with zipfile.ZipFile(made.file) as archive:
        (tmp_path / "trap").write_bytes(archive.read("profile/studio.sqlite"))
    with contextlib.closing(sqlite3.connect(tmp_path / "trap")) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    bad = rewritten(
        made.file, tmp_path / "bad.zip", change=without_profile,
        extra={"profile/studio.sqlite": (tmp_path / "trap").read_bytes()},
    )  # fmt: skip
    with pytest.raises(StorageError):
        restore.stage(bad, tmp_path / "new", tmp_path / "new" / "library")
    assert swap.leftovers(tmp_path / "new", tmp_path / "new" / "library") == []


def test_links_in_the_place_of_private_folders_are_not_followed(
    made: SimpleNamespace, tmp_path: Path
) -> None:
    private = made.old / "library" / ".nectary"
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "id_rsa").write_text(KEY)
    for name in ("pieces", "trash"):
        shutil.rmtree(private / name)
        (private / name).symlink_to(tmp_path / "secret")
    (private / "collections.json").unlink()
    (private / "collections.json").symlink_to(tmp_path / "secret" / "id_rsa")
    manifest = make_backup(sources(made.old), tmp_path / "again.zip", ALL)
    assert not [part.name for part in manifest.parts if "/.nectary/" in part.name]


def test_every_cut_of_a_backup_is_refused(made: SimpleNamespace, tmp_path: Path) -> None:
    whole = made.file.read_bytes()
    cut = tmp_path / "cut.zip"
    for share in range(10):
        cut.write_bytes(whole[: len(whole) * share // 10])
        with pytest.raises(restore.BadBackupError):
            restore.stage(cut, tmp_path / "new", tmp_path / "new" / "library")


def test_a_manifest_counts_its_parts() -> None:
    parts = (Part(name="profile/a", size=2, sha256=""), Part(name="library/b", size=5, sha256=""))
    manifest = Manifest(made_at=NOW, program="1", schema=1, library=True, trash=False, parts=parts)
    assert (manifest.size, manifest.library_size) == (7, 5)
