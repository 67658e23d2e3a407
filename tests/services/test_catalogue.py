"""The catalogue as last seen, from the real sandbox and the real disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.api.errors import ApiError
from studio.domain.models import ModelInfo
from studio.sandbox.server import SandboxServer
from studio.services.catalogue import CatalogueService
from tests.services.studio import addresses, connected, opened


async def test_it_is_remembered_offline_for_each_service_apart(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with connected(tmp_path, server) as studio:
            seen = studio.services.catalogue.models
            at = studio.services.catalogue.refreshed_at
            assert at is not None
            assert {"flux", "openai"} <= {name for m in seen for name in (m.name, *m.aliases)}
    # Nobody listens at the address any more.
    async with opened(tmp_path, addresses_of_nobody(server_port=1)) as studio:
        catalogue = studio.services.catalogue
        await studio.services.session.use_cloud("")
        assert not studio.services.session.state.online
        assert catalogue.models == seen
        assert catalogue.refreshed_at == at
        assert catalogue.problem is not None
        await catalogue.open("sandbox")
        assert catalogue.models == (), "the sandbox's prices are another matter"
        assert catalogue.refreshed_at is None


def addresses_of_nobody(server_port: int) -> dict[str, str]:
    hosts = ("POLLINATIONS_BASE_URL", "POLLINATIONS_ENTER_URL", "POLLINATIONS_MEDIA_URL")
    return dict.fromkeys(hosts, f"http://127.0.0.1:{server_port}") | {"POLLINATIONS_API_KEY": "sk_nobody123"}


async def test_a_failed_refresh_keeps_what_was_known_and_says_why(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with connected(tmp_path, server) as studio:
            catalogue, told = studio.services.catalogue, list[tuple[ModelInfo, ...]]()
            before = catalogue.models
            catalogue.changed.connect(told.append)
            server.faults([{"path": "/", "count": None, "error": "unavailable"}])
            with pytest.raises(ApiError):
                await catalogue.refresh(studio.services.session.client)
            assert catalogue.models == before
            assert catalogue.problem is not None
            assert told, "views are told, so that they can say so"
            server.clear_faults()
            await catalogue.refresh(studio.services.session.client)
            assert catalogue.problem is None


async def test_a_model_is_found_by_its_name_before_anothers_alias(tmp_path: Path) -> None:
    catalogue = CatalogueService(tmp_path)
    aliased = ModelInfo(name="a", aliases=("b", "c"))
    named = ModelInfo(name="b")
    catalogue.models = (aliased, named)
    assert catalogue.find("b") is named
    assert catalogue.find("c") is aliased
    assert catalogue.find("d") is None


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"models": 3, "at": "x"}', b"\xff\xfe"])
async def test_a_damaged_memory_is_no_reason_to_stop(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "catalogue-cloud.json").write_bytes(damage)
    catalogue = CatalogueService(tmp_path)
    await catalogue.open("cloud")
    assert catalogue.models == ()


async def test_aliases_of_the_service_work_in_a_plan(tmp_path: Path) -> None:
    with SandboxServer() as server:
        async with opened(tmp_path, addresses(server, POLLINATIONS_API_KEY=server.key)) as studio:
            await studio.services.session.use_cloud("")
            with_alias = next(m for m in studio.services.catalogue.models if m.aliases)
            assert studio.services.catalogue.find(with_alias.aliases[0]) is with_alias
