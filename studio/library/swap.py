"""Putting another profile or library in the place of the present one, whole or not at all.

What is to come lies beside what is there, complete and flushed. A plan on the disk says what goes where; it
is carried out at a start, before anything is opened, by renames alone. Whatever cuts that off, the next start
goes on where it stopped. What was there before is kept in a folder of its own until the user lets it go.

    <profile>/pending.json           the plan
    <profile>/incoming-<stamp>/      what comes into the profile
    <profile>/before-<stamp>/        what was there
    <library>/.nectary/incoming-<stamp>/, before-<stamp>/     the same of the library
    <profile>/swapped.json           what was done, for the first start afterwards to tell
"""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from studio.core.errors import StorageError
from studio.core.files import storage_error, sync_folder, write_atomically
from studio.core.i18n import tr
from studio.domain.backup import Restored
from studio.domain.codec import from_json, to_json
from studio.library.files import PRIVATE, LibraryFolder

PLAN = "pending.json"
DONE = "swapped.json"
INCOMING = "incoming-"
BEFORE = "before-"
DATABASE = ("studio.sqlite", "studio.sqlite-wal", "studio.sqlite-shm")
PREFERENCES = ("settings.toml",)
_OF_LIBRARY = ("collections.json", "pieces", "trash", "index.sqlite", "index.sqlite-wal", "index.sqlite-shm")
CrashPoint = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class SwapPlan:
    """One exchange.

    Args:
        kind: "restore", "snapshot" or "preferences".
        stamp: names the folders of this exchange.
        profile: names in the profile that go aside. What is in its incoming folder takes their place.
        library: the library whose files are exchanged; "" leaves them alone.
        phase: "aside", then "place": what comes may be moved only when nothing is left to go aside.
    """

    kind: str
    stamp: str
    profile: tuple[str, ...] = ()
    library: str = ""
    made_at: str = ""
    phase: str = "aside"


def incoming(folder: Path, stamp: str) -> Path:
    """Where what is to come is gathered: in a profile's folder, or in a library's private one."""
    return folder / f"{INCOMING}{stamp}"


def write_plan(profile: Path, plan: SwapPlan) -> None:
    """From here on the next start carries it out.

    Raises:
        StorageError: the disk is full or cannot be written.
    """
    write_atomically(profile / PLAN, json.dumps(to_json(plan)).encode())


def pending(profile: Path) -> SwapPlan | None:
    """The exchange that waits for the next start, if there is one.

    Raises:
        StorageError: there is a plan, but it cannot be read.
    """
    try:
        data: Any = json.loads((profile / PLAN).read_bytes())
        plan = from_json(SwapPlan, data)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise StorageError(
            tr("What was to be restored at this start cannot be read."),
            tr("Delete {name} in {folder} to start as before.", name=PLAN, folder=profile),
        ) from error
    return plan


def carry_out(profile: Path, crash_point: CrashPoint = lambda _point: None) -> Restored | None:
    """Do what the plan says, from where it was cut off; None when there is no plan.

    Raises:
        StorageError: a file cannot be moved, or another program has the library. Call it again, or
            `take_back`.
    """
    plan = pending(profile)
    if plan is None:
        return None
    folder = LibraryFolder(Path(plan.library)) if plan.library else None
    try:
        if folder is not None:
            folder.open()
        rooms = _rooms(profile, plan)
        if plan.phase == "aside":
            for room in rooms:
                room.move_aside(crash_point)
            plan = replace(plan, phase="place")
            write_plan(profile, plan)
        crash_point("between")
        for room in rooms:
            room.move_in(crash_point)
        aside = tuple(str(room.before) for room in rooms if room.kept_something())
        restored = Restored(kind=plan.kind, aside=aside, made_at=plan.made_at)
        write_atomically(profile / DONE, json.dumps(to_json(restored)).encode())
        crash_point("told")
        _forget(profile, rooms)
    except OSError as error:
        raise storage_error(error, profile / PLAN) from error
    finally:
        if folder is not None:
            folder.close()
    return restored


def take_back(profile: Path) -> None:
    """Give a plan up: everything is again where it was before, and what was to come is removed.

    Raises:
        StorageError: a file cannot be moved.
    """
    plan = pending(profile)
    if plan is None:
        return
    try:
        for room in _rooms(profile, plan):
            room.move_back(came=plan.phase == "place")
            shutil.rmtree(room.incoming, ignore_errors=True)
        (profile / PLAN).unlink(missing_ok=True)
        sync_folder(profile)
    except OSError as error:
        raise storage_error(error, profile / PLAN) from error


def told(profile: Path) -> Restored | None:
    """What an exchange did at this start, told once."""
    try:
        done = from_json(Restored, json.loads((profile / DONE).read_bytes()))
        (profile / DONE).unlink()
    except (OSError, ValueError, TypeError, AttributeError):
        return None
    return done


def leftovers(profile: Path, library: Path) -> list[Path]:
    """Folders of exchanges: what was there before, and half copies of what was never put in place."""
    found: list[Path] = []
    for folder in (profile, library / PRIVATE):
        found += [*folder.glob(f"{BEFORE}*"), *folder.glob(f"{INCOMING}*")]
    return sorted(found)


def clear_incoming(profile: Path, library: Path) -> None:
    """Remove what a restore gathered that was never decided on."""
    if not (profile / PLAN).exists():
        for folder in leftovers(profile, library):
            if folder.name.startswith(INCOMING):
                shutil.rmtree(folder, ignore_errors=True)


class _Room:
    """One folder whose contents are exchanged.

    Args:
        home: what is exchanged lies in it.
        private: its own folders of this exchange lie in it.
        names: asked for what is there now and goes aside.
    """

    def __init__(self, home: Path, private: Path, stamp: str, names: Callable[[], Iterable[str]]) -> None:
        self.home = home
        self.incoming = incoming(private, stamp)
        self.before = private / f"{BEFORE}{stamp}"
        self._names = names

    def move_aside(self, crash_point: CrashPoint) -> None:
        for name in self._names():
            if os.path.lexists(self.home / name):
                _move(self.home / name, _free(self.before / name))
            crash_point(f"aside {name}")
        _sync(self.before, self.home)

    def move_in(self, crash_point: CrashPoint) -> None:
        for name in _tops(self.incoming):
            _move(self.incoming / name, self.home / name)
            crash_point(f"in {name}")
        _sync(self.incoming, self.home)

    def kept_something(self) -> bool:
        """Whether there was anything before; empty folders are nothing."""
        if any(not path.is_dir() for path in self.before.rglob("*")):
            return True
        shutil.rmtree(self.before, ignore_errors=True)
        return False

    def move_back(self, *, came: bool) -> None:
        """Nothing of what was there is overwritten: what came is moved out of its way first."""
        for name in _tops(self.before):
            if came and not (self.incoming / name).exists():
                _move(self.home / name, self.incoming / name)
            _move(self.before / name, _free(self.home / name))
        shutil.rmtree(self.before, ignore_errors=True)
        _sync(self.home)


def _rooms(profile: Path, plan: SwapPlan) -> list[_Room]:
    rooms = [_Room(profile, profile, plan.stamp, lambda: plan.profile)]
    if plan.library:
        root = Path(plan.library)
        rooms.append(_Room(root, root / PRIVATE, plan.stamp, lambda: _of_library(root)))
    return rooms


def _of_library(root: Path) -> list[str]:
    """What goes aside of a library: all that is filed, not what is hidden or may be made again."""
    files = [entry.name for entry in os.scandir(root) if not entry.name.startswith(".")]
    return sorted(files) + [f"{PRIVATE}/{name}" for name in _OF_LIBRARY]


def _tops(folder: Path) -> list[str]:
    """What lies at the top of an exchange's folder; of the private folder what lies in that."""
    if not folder.is_dir():
        return []
    names: list[str] = []
    for entry in sorted(folder.iterdir()):
        names += (
            [f"{PRIVATE}/{one.name}" for one in sorted(entry.iterdir())]
            if entry.name == PRIVATE
            else [entry.name]
        )
    return names


def _move(source: Path, target: Path) -> None:
    """Rename, unless that was done before."""
    if not os.path.lexists(source):
        return
    if target.is_dir() and not any(target.iterdir()):
        target.rmdir()  # opening a library makes its folders
    if os.path.lexists(target):
        raise FileExistsError(errno.EEXIST, "both are there", str(target))
    target.parent.mkdir(parents=True, exist_ok=True)
    source.rename(target)


def _free(target: Path) -> Path:
    """`target`, or a name beside it that is not taken: nothing is ever overwritten."""
    number, free = 1, target
    while os.path.lexists(free) and not (free.is_dir() and not any(free.iterdir())):
        number += 1
        free = target.with_name(f"{target.stem}-{number}{target.suffix}")
    return free


def _sync(*folders: Path) -> None:
    for folder in folders:
        if folder.is_dir():
            sync_folder(folder)


def _forget(profile: Path, rooms: Iterable[_Room]) -> None:
    (profile / PLAN).unlink()
    sync_folder(profile)
    for room in rooms:
        shutil.rmtree(room.incoming, ignore_errors=True)
