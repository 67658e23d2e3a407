"""Forms read whole: fields and files, with nothing left open."""

from __future__ import annotations

from dataclasses import dataclass, field

from starlette.datastructures import UploadFile
from starlette.requests import Request


@dataclass(frozen=True, slots=True)
class File:
    """One uploaded file."""

    name: str
    content_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Form:
    """The parts of a form in order; a name may come more than once."""

    fields: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    files: list[tuple[str, File]] = field(default_factory=list[tuple[str, File]])

    def text(self, name: str, default: str = "") -> str:
        """The first value of a field."""
        return next((value for known, value in self.fields if known == name), default)

    def texts(self, *names: str) -> list[str]:
        return [value for known, value in self.fields if known in names]

    def file(self, name: str) -> File | None:
        return next((file for known, file in self.files if known == name), None)

    def as_dict(self) -> dict[str, str]:
        """Fields by name; the last value wins."""
        return dict(self.fields)


async def read_form(request: Request) -> Form:
    """The request's form, multipart or urlencoded."""
    form = Form()
    async with request.form() as parts:
        for name, value in parts.multi_items():
            if isinstance(value, UploadFile):
                file = File(value.filename or "", value.content_type or "", await value.read())
                form.files.append((name, file))
            else:
                form.fields.append((name, value))
    return form
