from __future__ import annotations

from pathlib import Path

from studio.domain.library import LibraryChange, LibraryQuery
from studio.shell import upkeep
from tests.panes.support import fill
from tests.shell.support import running, until


async def test_a_lost_index_is_rebuilt_with_its_progress_on_the_window(tmp_path: Path) -> None:
    async with running(tmp_path) as services:
        await fill(services, 3)
    for index in (tmp_path / "library" / ".nectary").glob("index.sqlite*"):
        index.unlink()
    said: list[str] = []
    async with running(tmp_path) as services:
        services.library.rebuilding.connect(lambda step: said.append(upkeep.progress_words(step)))
        await upkeep.keep_up(services)
        await until(lambda: "" in said)
        assert said == ["Looking through the library's files.", "Reading the library: 3 of 3.", ""]
        assert await services.library.count(LibraryQuery()) == 3
        await upkeep.rebuild(services)
        assert services.notices.recent[-1].text == "The index is rebuilt from the files."


async def test_what_changed_in_the_folder_is_told_in_one_line(tmp_path: Path) -> None:
    async with running(tmp_path) as services:
        ids = await fill(services, 2)
        asset = await services.library.asset(ids[0])
        assert asset is not None
        services.library.file_path(asset).unlink()
        services.library.sidecar_path(asset).unlink()
        upkeep.tell_difference(services, await services.library.reconcile())
        assert services.notices.recent[-1].detail == "1 no longer there."
        told = len(services.notices.recent)
        upkeep.tell_difference(services, LibraryChange())
        assert len(services.notices.recent) == told


async def test_coming_back_to_the_window_follows_what_happened_meanwhile(tmp_path: Path) -> None:
    clock = [0.0]
    async with running(tmp_path) as services:
        ids = await fill(services, 2)
        watch = upkeep.FolderWatch(services, lambda: clock[0])
        asset = await services.library.asset(ids[0])
        assert asset is not None
        path = services.library.file_path(asset)
        path.rename(path.with_name("renamed.png"))
        watch.came_back()
        assert "look again" not in services.tasks.names(), "too soon after the start"
        clock[0] = upkeep.BETWEEN_LOOKS_SECONDS
        watch.came_back()
        await until(lambda: "look again" not in services.tasks.names())
        found = await services.library.asset(ids[0])
        assert found is not None
        assert found.path.endswith("renamed.png")
        told = len(services.notices.recent)
        assert services.notices.recent[-1].detail == "1 moved or changed."
        clock[0] *= 2
        watch.came_back()
        await until(lambda: "look again" not in services.tasks.names())
        assert len(services.notices.recent) == told, "nothing happened since"
