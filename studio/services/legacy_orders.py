"""From a legacy model's form to a job in the journal, and back from a result to its form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from studio.core.errors import InputError
from studio.core.i18n import tr
from studio.core.ids import new_id
from studio.domain.asset import Asset
from studio.domain.codec import from_json, to_json
from studio.domain.job import Job
from studio.domain.models import ModelInfo
from studio.domain.schema_form import ASSET, SchemaForm, files_in, read_input
from studio.domain.service import LegacyRequest
from studio.services.legacy import KIND, OPEN_PAGE, LegacyConnector
from studio.services.library import LibraryService
from studio.services.ordering import Order, Ordering
from studio.services.profile import ProfileService
from studio.services.references import ReferenceService

DRAFT = "legacy.form"


class LegacyOrders:
    """Writes legacy jobs down."""

    def __init__(
        self,
        connector: LegacyConnector,
        ordering: Ordering,
        references: ReferenceService,
        library: LibraryService,
        profile: ProfileService,
    ) -> None:
        self._connector = connector
        self._ordering = ordering
        self._references = references
        self._library = library
        self._profile = profile

    def unready(self) -> str:
        """What keeps anything from being run, in one sentence; "" when nothing does."""
        if not self._connector.on:
            return tr("The legacy service is off.")
        if not self._connector.available:
            return tr("You chose to be offline. Nothing is asked of any service.")
        return ""

    async def submit(self, model: str, form: SchemaForm, values: Mapping[str, object]) -> list[Job]:
        """Upload files that have no address, write the job down and start it.

        The addresses are in the journal, so that asking again finds the same job (CONTRACT 12: it is known by
        its input).

        Raises:
            InputError: a value does not fit, a file is gone, or there is no token; `field` names it.
            ApiError: a file could not be uploaded; nothing else was sent.
            StorageError: the job could not be written down; nothing was sent.
        """
        if problem := self.unready():
            raise InputError(problem, actions=(OPEN_PAGE,))
        sent, problems = read_input(form, values)
        for name, why in problems.items():
            field = form.field(name)
            raise InputError(f"{field.title if field else name}: {why}", field=name)
        if await self._connector.token() is None:
            raise InputError(
                tr("The legacy service needs its own token."), field="token", actions=(OPEN_PAGE,)
            )
        url, sandbox = self._connector.url, self._connector.in_sandbox
        files = await self._located(sent)
        parents = tuple(dict.fromkeys(files.values()))
        request = LegacyRequest(image=model, input=_with_addresses(sent, files), service=url, files=files)
        words = sent.get(form.prompt.name) if form.prompt is not None else None
        order = Order(
            kind=KIND,
            request=to_json(request),
            model=info_of(model),
            title=words if isinstance(words, str) and words.strip() else model,
            batch=new_id(),
            parents=parents,
        )
        return await self._ordering.submit([order], sandbox=sandbox)

    async def _located(self, sent: Mapping[str, Any]) -> dict[str, str]:
        """Addresses of the library's files in an input, with their ids."""
        found: dict[str, str] = {}
        for asset_id in dict.fromkeys(one for value in sent.values() for one in files_in(value)):
            asset = await self._library.asset(asset_id)
            if asset is None or asset.trashed_at is not None:
                raise InputError(tr("A file is not in the library any more."), tr("Remove it."))
            found[await self._references.address(asset)] = asset_id
        return found

    async def keep_draft(self, model: str, values: Mapping[str, object]) -> None:
        """Remember what stands in the form."""
        await self._profile.set_draft(DRAFT, {"model": model, "values": dict(values)})

    async def draft(self) -> tuple[str, dict[str, Any]]:
        """The model and the values that were kept; empty when there are none."""
        found = await self._profile.draft(DRAFT)
        kept = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
        values = kept.get("values")
        if not isinstance(values, dict):
            return "", {}
        return str(kept.get("model") or ""), cast("dict[str, Any]", values)


def info_of(model: str) -> ModelInfo:
    """The model as the journal and the library know it, marked wherever its name is shown."""
    return ModelInfo(
        name=f"{KIND}:{model}",
        title=tr("{model} · Legacy service", model=model.partition("/")[2] or model),
        publisher=model.partition("/")[0],
        category=KIND,
    )


def request_of_asset(asset: Asset) -> LegacyRequest | None:
    """What a result was made with, its files as files of the library again; None if it was made otherwise."""
    if asset.provenance.request_kind != KIND:
        return None
    try:
        request = from_json(LegacyRequest, asset.provenance.request)
    except ValueError:
        return None
    back = {url: f"{ASSET}{asset_id}" for url, asset_id in request.files.items()}
    return LegacyRequest(image=request.image, input=_replaced(request.input, back), service=request.service)


def _with_addresses(sent: Mapping[str, Any], files: Mapping[str, str]) -> dict[str, Any]:
    return _replaced(sent, {f"{ASSET}{asset_id}": url for url, asset_id in files.items()})


def _replaced(values: Mapping[str, Any], by: Mapping[str, str]) -> dict[str, Any]:
    """Values with whole texts replaced, alone or in a list."""

    def one(value: Any) -> Any:
        return by.get(value, value) if isinstance(value, str) else value

    return {name: [one(v) for v in cast("list[Any]", value)] if isinstance(value, list) else one(value)
            for name, value in values.items()}  # fmt: skip
