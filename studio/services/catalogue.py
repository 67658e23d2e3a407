"""The models the service offers, kept on disk so that names and prices are known offline."""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import UTC, datetime
from pathlib import Path

from studio.api.client import ApiClient
from studio.core.errors import StudioError
from studio.core.events import Event
from studio.core.files import write_atomically
from studio.core.json_text import parse_json
from studio.domain.codec import from_json, to_json
from studio.domain.models import ModelInfo

log = logging.getLogger(__name__)


class CatalogueService:
    """The catalogue as last seen, and its refresh.

    Args:
        cache: folder for one JSON file per service, so that the sandbox's prices never pose as real ones.
    """

    def __init__(self, cache: Path) -> None:
        self.changed: Event[tuple[ModelInfo, ...]] = Event("catalogue.changed")
        self.models: tuple[ModelInfo, ...] = ()
        self.refreshed_at: datetime | None = None
        self.problem: StudioError | None = None
        self._cache = cache
        self._place = ""

    def find(self, name: str) -> ModelInfo | None:
        """The model of this name or alias; saved ids outlive renames (CONTRACT 2)."""
        for model in self.models:
            if model.name == name:
                return model
        for model in self.models:
            if name in model.aliases:
                return model
        return None

    def title(self, name: str) -> str:
        """The model's name for people; an id the catalogue does not know goes without its vendor."""
        model = self.find(name)
        return model.title if model is not None and model.title else name.rpartition("/")[2]

    async def open(self, place: str) -> None:
        """Show what is remembered of the service called `place` ("cloud", "sandbox")."""
        self._place = place
        models, at = await asyncio.to_thread(_load, self._file(place))
        if self._place == place:
            self._set(models, at)

    async def refresh(self, client: ApiClient) -> None:
        """Ask the service. On failure the remembered catalogue stays and `problem` says why.

        Raises:
            StudioError: the service could not be asked.
        """
        place = self._place
        try:
            models = await client.catalogue.all()
        except StudioError as error:
            if place == self._place:
                self.problem = error
                self.changed.emit(self.models)
            raise
        if place != self._place:
            return
        self.problem = None
        now = datetime.now(UTC)
        self._set(models, now)
        await asyncio.to_thread(_save, self._file(place), models, now)

    def _set(self, models: tuple[ModelInfo, ...], at: datetime | None) -> None:
        self.models = models
        self.refreshed_at = at
        self.changed.emit(models)

    def _file(self, place: str) -> Path:
        return self._cache / f"catalogue-{place}.json"


def _load(file: Path) -> tuple[tuple[ModelInfo, ...], datetime | None]:
    try:
        data = parse_json(file.read_bytes())
        models = tuple(from_json(ModelInfo, item) for item in data["models"])
        return models, datetime.fromisoformat(data["at"])
    except FileNotFoundError:
        return (), None
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.info("the remembered catalogue is unusable: %s", error)
        return (), None


def _save(file: Path, models: tuple[ModelInfo, ...], at: datetime) -> None:
    data = {"at": at.isoformat(), "models": [to_json(model) for model in models]}
    try:
        write_atomically(file, json.dumps(data).encode())
    except StudioError as error:
        log.warning("the catalogue could not be remembered: %s", error)
