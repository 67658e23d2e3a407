"""What the service or the network said, as errors a user can read.

    StudioError
    └── ApiError                    status, code, request_id, fix_url, body
        ├── ApiRequestError         400, 405, 409, 410, 415, 426: something in the request; `field` names it
        │   ├── ApiNotFound         404: gone, or the server does not have this feature
        │   └── ApiTooLarge         413, 414: file, prompt or answer too big
        ├── ApiAuthError            401: no key, or one that is wrong, expired or revoked
        ├── ApiPermissionError      403: the key may not do this
        ├── ApiPaymentError         402: `kind` is balance, key_budget or quest_only
        ├── ApiRefused              422 and safety blocks: rephrase
        ├── ApiRateLimited          429: `retry_after` seconds, `source` address, model or key
        ├── ApiSignInError          OAuth and device flow: `code` is the snake_case word of the answer
        ├── ApiUnavailable          5xx and 52x: the service's own trouble; `retry_after` when it said so
        ├── ApiOffline              no connection: name not found, refused, unreachable
        ├── ApiUntrusted            the certificate is not trusted
        ├── ApiTimeout              no answer in time (also 408)
        ├── ApiInterrupted          an answer that broke off
        ├── ApiClosed               the program itself closed the connection, to use another service or key
        └── ApiBadAnswer            not what was asked for: wrong type, not decodable, a sign-in page

`body` is short and redacted; it is for the error report, never for the message.
"""

# ruff: noqa: N818 - each name says what happened; that it is an error, the prefix and the base say

from __future__ import annotations

from typing import Literal

from studio.core.errors import Action, StudioError
from studio.core.i18n import tr

PaymentKind = Literal["balance", "key_budget", "quest_only"]
RateLimitSource = Literal["address", "model", "key"]

SIGN_IN = Action("sign_in", tr("Sign in"))
RETRY = Action("retry", tr("Try again"))
EDIT_PROMPT = Action("edit_prompt", tr("Edit the prompt"))
CHOOSE_MODEL = Action("choose_model", tr("Choose another model"))


def open_link(label: str, url: str) -> Action:
    """An action that opens `url` in the browser."""
    return Action("open_link", label, url)


class ApiError(StudioError):
    """An error of the service or on the way to it.

    Args:
        status: HTTP status; 0 when no answer came.
        code: the service's own word for it; may be empty.
        request_id: to quote in bug reports.
        fix_url: a page that repairs it, if the service named one.
        message: the service's own words, redacted: for the log and the program, never for the user.
        body: the start of the answer, redacted.
        upstream_status: what the provider behind the service answered.
    """

    help = "trouble#the-service"
    may_be_billed = False
    """This attempt, or an earlier one of the same call, may have been worked on, and so be on the bill."""

    def __init__(
        self,
        title: str,
        detail: str = "",
        actions: tuple[Action, ...] = (),
        *,
        status: int = 0,
        code: str = "",
        request_id: str = "",
        fix_url: str = "",
        message: str = "",
        body: str = "",
        upstream_status: int = 0,
    ) -> None:
        super().__init__(title, detail, actions)
        self.status = status
        self.code = code
        self.request_id = request_id
        self.fix_url = fix_url
        self.message = message
        self.body = body
        self.upstream_status = upstream_status


class ApiRequestError(ApiError):
    """Something in the request; `field` is the parameter's name on the wire, or empty."""

    field: str = ""


class ApiNotFound(ApiRequestError):
    """404."""


class ApiTooLarge(ApiRequestError):
    """413 and 414, and answers above the limit."""


class ApiAuthError(ApiError):
    """401."""

    help = "trouble#signing-in"


class ApiPermissionError(ApiError):
    """403."""

    help = "trouble#signing-in"


class ApiPaymentError(ApiError):
    """402: `kind` says which purse is empty."""

    help = "trouble#money"

    kind: PaymentKind = "balance"


class ApiRefused(ApiError):
    """The provider or a safety filter refused the prompt or a picture."""


class ApiRateLimited(ApiError):
    """429. `retry_after` is seconds; `source` says which limit it was."""

    help = "trouble#too-many-requests"

    retry_after: float = 60.0
    source: RateLimitSource = "address"


class ApiSignInError(ApiError):
    """A sign-in that did not work; `code` is access_denied, expired_token, invalid_grant, …"""

    help = "trouble#signing-in"


class ApiUnavailable(ApiError):
    """5xx and Cloudflare's 52x. `retry_after` is None unless the service gave seconds."""

    retry_after: float | None = None


class ApiOffline(ApiError):
    """No connection could be made, so nothing was sent."""

    help = "trouble#the-network"


class ApiUntrusted(ApiError):
    """The other side could not prove who it is."""

    help = "trouble#the-network"


class ApiTimeout(ApiError):
    """No answer in time. The service may still be working on it."""

    help = "trouble#the-network"


class ApiInterrupted(ApiError):
    """The answer broke off."""

    help = "trouble#the-network"


class ApiClosed(ApiError):
    """The program closed this client. The service may still be working on what was sent."""


class ApiBadAnswer(ApiError):
    """An answer that is not what was asked for."""
