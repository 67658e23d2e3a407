"""From an HTTP answer to an `ApiError`: one parser for the seven shapes errors come in (CONTRACT 9)."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import Any, cast

from studio.api import errors as e
from studio.api.retry import RETRY_AFTER_DEFAULT, parse_retry_after
from studio.api.wire import Obj, as_list, as_object, integer, number, text
from studio.core.errors import Action
from studio.core.i18n import as_number, tr, trn
from studio.core.json_text import parse_json
from studio.core.secrets import MASK, redact

MESSAGE_CHARACTERS = 200
BODY_CHARACTERS = 2000
CODE_CHARACTERS = 100
PROSE_CHARACTERS = 4000
MOST_FIELDS = 5
DEEPEST = 20
MOST_ITEMS = 100
_REFUSAL_CODES = frozenset({"content_policy_violation", "content_blocked"})
_PICTURE_CODES = {
    "failed_to_download_image": (
        tr("A reference picture could not be fetched."),
        tr("Check that its address opens in a browser, or add the picture as a file."),
    ),
    "invalid_image_url": (
        tr("The address of a reference picture is not valid."),
        tr("Copy it again, or add the picture as a file."),
    ),
    "image_too_large": (tr("A reference picture is too large."), tr("Make it smaller, then try again.")),
    "unsupported_image_media_type": (
        tr("A reference picture has a format the model cannot read."),
        tr("Save it as PNG or JPEG, then try again."),
    ),
}
# By status, where the request itself cannot be sent this way: what happened, and what can be done.
_REQUEST_WORDS = {
    405: (tr("The service does not offer this."), tr("Update Nectary, or choose another model.")),
    409: (tr("The service already has this under another name."), tr("Choose another name, then try again.")),
    410: (tr("The service no longer offers this."), tr("Choose another model.")),
    415: (
        tr("The service does not take this type of file."),
        tr("Save it in another format, then try again."),
    ),
    426: (tr("The service does not offer this."), tr("Update Nectary, or choose another model.")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What an error body says, whatever its shape."""

    status: int
    code: str = ""
    message: str = ""
    request_id: str = ""
    fix_url: str = ""
    body: str = ""
    kind: str = ""
    details: Obj = field(default_factory=dict[str, Any])
    triggered: tuple[str, ...] = ()
    retry_after: float | None = None

    @property
    def upstream_status(self) -> int:
        return integer(self.details, "upstreamStatus") or 0

    @property
    def fields(self) -> dict[str, str]:
        """Field name to its first complaint."""
        found: dict[str, str] = {}
        complained = as_object(self.details.get("fieldErrors"))
        for name, complaints in islice(complained.items(), MOST_FIELDS):
            told = [c for c in as_list(complaints) if isinstance(c, str)]
            found[name[:CODE_CHARACTERS]] = told[0] if told else ""
        return found


def parse_fault(status: int, headers: Mapping[str, str], body: bytes) -> Fault:
    """The contents of an error answer, keys in it masked. Accepts any bytes."""
    raw = body.decode("utf-8", "replace")
    request_id = redact(headers.get("x-request-id") or headers.get("cf-ray") or "")
    retry_after = parse_retry_after(headers["retry-after"]) if headers.get("retry-after") else None
    short = redact(raw[:BODY_CHARACTERS])
    try:
        data: Any = _masked(parse_json(raw))
    except ValueError:
        return Fault(
            status=status,
            message=_from_prose(raw),
            request_id=request_id,
            body=short,
            retry_after=retry_after,
        )
    document = as_object(data)
    error = document.get("error")
    inner = as_object(error)
    code, message = text(inner, "code"), text(inner, "message")
    if isinstance(error, str):
        code, message = (error, "") if _is_word(error) else ("", error)
    message = text(document, "message", "error_description") or message
    complaints = _complaints(document.get("detail"))
    message = message or "; ".join(filter(None, complaints.values())) or text(document, "detail")
    if isinstance(data, str):
        message = data
    message = message[:1000]  # before any pattern looks at it: some take the square of its length
    return Fault(
        status=status,
        code=redact((code or text(document, "code"))[:CODE_CHARACTERS]),
        message=redact(message),
        request_id=(text(inner, "requestId") or text(document, "requestId") or request_id)[:CODE_CHARACTERS],
        fix_url=_page(_whole(text(inner, "fixUrl") or text(document, "fixUrl") or _first_link(message))),
        body=short,
        kind=text(inner, "type") or ("publishable" if "retryAfterSeconds" in document else ""),
        details=as_object(inner.get("details")) or _as_field_errors(complaints),
        triggered=tuple(
            name for name in as_list(as_object(inner.get("safety")).get("triggered")) if isinstance(name, str)
        ),
        retry_after=retry_after if retry_after is not None else number(document, "retryAfterSeconds"),
    )


def error_from_response(status: int, headers: Mapping[str, str], body: bytes) -> e.ApiError:
    """The error for an answer with this status. Header names are looked up in lower case."""
    return error_from_fault(parse_fault(status, headers, body))


def error_in_stream(frame: Obj) -> e.ApiError:
    """The error for a frame of a stream that carries one: `{"error": …}` (CONTRACT 4.5)."""
    inner = as_object(frame.get("error"))
    status = integer(inner, "code", "status") or integer(frame, "status") or 502
    fault = parse_fault(status if 400 <= status <= 599 else 502, {}, json.dumps(frame).encode())
    return error_from_fault(fault)


def error_from_fault(fault: Fault) -> e.ApiError:
    """The error class and words for a fault (CONTRACT 9.2)."""
    if fault.kind == "safety_error" and fault.code == "content_blocked":
        return _refused(fault)
    if fault.code in _REFUSAL_CODES:
        return _refused(fault)
    if fault.status == 422 and fault.fields:
        return _request(fault)
    for statuses, build in _BUILDERS:
        if fault.status in statuses:
            return build(fault)
    if 400 <= fault.status < 500:
        return _request(fault)
    return _unavailable(fault)


# ---------------------------------------------------------------- one builder per meaning


def _common(fault: Fault) -> dict[str, Any]:
    return {
        "status": fault.status,
        "code": fault.code,
        "request_id": fault.request_id,
        "fix_url": fault.fix_url,
        "message": fault.message,
        "body": fault.body,
        "upstream_status": fault.upstream_status,
    }


def _link(fault: Fault, label: str) -> tuple[Action, ...]:
    return (e.open_link(label, fault.fix_url),) if fault.fix_url else ()


def _request(fault: Fault) -> e.ApiError:
    named = fault.fields
    name = "safe" if re.search(r"\bsafe\b", fault.message) else ""
    title, detail = _REQUEST_WORDS.get(fault.status, (tr("The service did not accept the request."), ""))
    if named:
        name = next(iter(named))
        told = [plain_words(complaint) for complaint in named.values()]
        if len(named) > 1:
            told = [f"“{key}”: {words}" for key, words in zip(named, told, strict=True) if words]
        title = tr("The service did not accept “{name}”.", name=name)
        detail = " ".join(told) or tr("Change it, then try again.")
    elif fault.code in _PICTURE_CODES:
        (title, detail), name = _PICTURE_CODES[fault.code], "image"
    elif fault.code == "invalid_safe":
        title, detail = tr("The service does not know this safety setting."), tr("Choose another one.")
        name = "safe"
    elif re.match(r"(?i)invalid model|unknown model|model not found|model .* cannot be used", fault.message):
        title, detail, name = (
            tr("The service cannot use this model here."),
            tr("Choose another model."),
            "model",
        )
    elif not detail:
        detail = plain_words(fault.message) or tr("Change the prompt or a setting, then try again.")
    actions = (e.CHOOSE_MODEL,) if name == "model" or fault.status in (405, 410, 426) else ()
    error = e.ApiRequestError(title, detail, actions, **_common(fault))
    error.field = name
    return error


def _auth(fault: Fault) -> e.ApiError:
    detail = tr("The key is missing, mistyped, expired or was revoked. Sign in again to get a new one.")
    return e.ApiAuthError(tr("The service does not accept your key."), detail, (e.SIGN_IN,), **_common(fault))


def _payment(fault: Fault) -> e.ApiError:
    words = f"{fault.code} {fault.message}".lower()
    if fault.code == "KEY_BUDGET_EXHAUSTED":
        error = e.ApiPaymentError(
            tr("This key's budget is used up."),
            _missing_amount(fault.message)
            or tr("Raise the budget of the key; topping up the account does not change it."),
            _link(fault, tr("Raise the budget")),
            **_common(fault),
        )
        error.kind = "key_budget"
    elif fault.code == "QUEST_POLLEN_ONLY" or "quest pollen" in words:
        error = e.ApiPaymentError(
            tr("This model needs paid pollen."),
            tr("Free pollen cannot be spent on it. Top up, or choose another model."),
            (*_link(fault, tr("Top up")), e.CHOOSE_MODEL),
            **_common(fault),
        )
        error.kind = "quest_only"
    else:
        error = e.ApiPaymentError(
            tr("There is not enough pollen for this."),
            _missing_amount(fault.message) or tr("Top up, or choose a cheaper model."),
            (*_link(fault, tr("Top up")), e.CHOOSE_MODEL),
            **_common(fault),
        )
    return error


def _permission(fault: Fault) -> e.ApiError:
    words = fault.message.lower()
    title, actions = tr("Your key may not do this."), (e.SIGN_IN,)
    detail = tr("Sign in again and allow it.")
    if "suspended" in words or "banned" in words:
        title, actions = tr("Your account is suspended."), ()
        detail = tr("Ask the people who run the service why.")
    elif "model" in words:
        model = re.search(r"[Mm]odel ['\"“]([^'\"”\s]{1,80})['\"”]", fault.message)
        title = tr("Your key does not include this model.")
        if model:
            title = tr("Your key does not include the model “{name}”.", name=model.group(1))
        detail = tr("Choose another model, or sign in and allow it.")
        actions = (e.CHOOSE_MODEL, e.SIGN_IN)
    return e.ApiPermissionError(title, detail, actions, **_common(fault))


def _not_found(fault: Fault) -> e.ApiError:
    detail = tr("It is gone, or the service does not offer it.")
    return e.ApiNotFound(tr("The service did not find this."), detail, **_common(fault))


def _too_large(fault: Fault) -> e.ApiError:
    detail = tr("Make the file smaller or the text shorter, then try again.")
    return e.ApiTooLarge(tr("This is too large for the service."), detail, **_common(fault))


def _refused(fault: Fault) -> e.ApiError:
    return e.ApiRefused(
        tr("The service refused this prompt or picture."),
        _blocked_for(fault.triggered) + tr("Say it differently, or choose another model."),
        (e.EDIT_PROMPT, e.CHOOSE_MODEL),
        **_common(fault),
    )


def _rate_limited(fault: Fault) -> e.ApiError:
    source: e.RateLimitSource = "address"
    title = tr("Too many requests at once.")
    if fault.code == "community_model_rate_limit" or "RPM" in fault.message:
        source, title = "model", tr("This model takes only so many requests a minute.")
    elif fault.kind == "publishable" or "secret key" in fault.message.lower():
        source, title = "key", tr("This kind of key may spend only a little each hour.")
    wait = fault.retry_after if fault.retry_after is not None else RETRY_AFTER_DEFAULT
    error = e.ApiRateLimited(
        title, tr("Wait {time}, then try again.", time=in_words(wait)), (e.RETRY,), **_common(fault)
    )
    error.retry_after, error.source = wait, source
    return error


def _timeout(fault: Fault) -> e.ApiError:
    detail = tr("Check the network connection, then try again.")
    return e.ApiTimeout(tr("The request took too long to arrive."), detail, (e.RETRY,), **_common(fault))


def _unavailable(fault: Fault) -> e.ApiError:
    actions = (e.RETRY,)
    if fault.upstream_status == 429:
        title, detail = tr("This model is busy."), tr("Try again in a moment, or choose another model.")
        actions = (e.RETRY, e.CHOOSE_MODEL)
    elif fault.status in (504, 522, 524):
        title = tr("The service is taking longer than usual.")
        detail = tr("It goes on working. Trying again picks up its result; you pay once.")
    elif fault.status == 502:
        title, detail = tr("The model failed."), tr("Try again in a moment, or choose another model.")
        actions = (e.RETRY, e.CHOOSE_MODEL)
    elif fault.status == 500:
        title, detail = tr("The service has a problem."), tr("It is on their side. Try again in a moment.")
    else:
        title, detail = tr("The service is not available right now."), tr("Try again in a moment.")
    error = e.ApiUnavailable(title, detail, actions, **_common(fault))
    error.retry_after = fault.retry_after
    return error


_BUILDERS = (
    (frozenset({401}), _auth),
    (frozenset({402}), _payment),
    (frozenset({403}), _permission),
    (frozenset({404}), _not_found),
    (frozenset({408}), _timeout),
    (frozenset({413, 414}), _too_large),
    (frozenset({422}), _refused),
    (frozenset({429}), _rate_limited),
)


# ---------------------------------------------------------------- words


DAY = 24 * 3600.0


def in_words(seconds: float) -> str:
    """A wait for the eye: "40 seconds", "3 minutes"."""
    if seconds < 100:
        whole = max(1, round(seconds))
        return trn("{n} second", "{n} seconds", whole)
    minutes = round(min(seconds, DAY) / 60)
    if minutes < 120:
        return trn("{n} minute", "{n} minutes", minutes)
    return trn("{n} hour", "{n} hours", round(minutes / 60)) if seconds < DAY else tr("until tomorrow")


# What a user cannot read: addresses, code, words of machines, and stock phrases of servers.
_JARGON = re.compile(
    r"(?i)https?:|www\.|[{}<>\[\]|\\`!]|\w_\w|\w:\w|\bapi\b|\bjson\b|\bhttp|\bip\b|\bheader|upstream|exception"
    r"|\bundefined\b|\bnull\b|\bstack\b|input data|provider|endpoint"
    r"|(?:error|status|code|returned)\W{1,3}\d{3}"
)


def plain_words(message: str) -> str:
    """The sentences of a server's message that help a user; "" when there are none."""
    sentences = re.split(r"(?<=[.!?])\s+", " ".join(message.split())[:1000])
    kept = [sentence for sentence in sentences if re.search(r"\w \w", sentence)]
    text = " ".join(sentence for sentence in kept if not _JARGON.search(sentence))
    if not text or len(text) > MESSAGE_CHARACTERS:
        return ""
    return text[0].upper() + text[1:] + ("" if text.endswith((".", "?")) else ".")


_AMOUNT = r"(\d+(?:\.\d+)?)"


def _missing_amount(message: str) -> str:
    """What it costs and what there is, from a 402's message."""
    cost = re.search(rf"costs? ~?{_AMOUNT} pollen", message)
    there = re.search(rf"(?:balance is|key has) {_AMOUNT}", message)
    if cost is None or there is None:
        return ""
    amounts = [format(Decimal(found.group(1)).normalize(), "f") for found in (cost, there)]
    cost_, left = map(as_number, amounts)
    if "key has" in there.group(0):
        return tr("It costs about {cost} pollen; {left} is left in the key's budget.", cost=cost_, left=left)
    return tr("It costs about {cost} pollen; {left} is left.", cost=cost_, left=left)


_SAFETY_WORDS = {
    "sexual": tr("sexual content"), "violence": tr("violence"), "hate": tr("hate"),
    "self-harm": tr("self-harm"), "shield": tr("an attempt to get around the rules"),
    "privacy": tr("private data"), "secrets": tr("passwords or keys"),
}  # fmt: skip


def _blocked_for(triggered: tuple[str, ...]) -> str:
    """Why a safety filter blocked, as a sentence with a space after it; "" when it did not say."""
    reasons = [_SAFETY_WORDS[name] for name in triggered if name in _SAFETY_WORDS]
    return tr("The safety filter found: {reasons}.", reasons=", ".join(reasons)) + " " if reasons else ""


def _is_word(value: str) -> bool:
    return bool(value) and not re.search(r"\s", value)


def _complaints(detail: Any) -> dict[str, str]:
    """The retired service's `detail` when it is a list: place in the body to what is wrong there."""
    told: dict[str, str] = {}
    for item in as_list(detail):
        complaint = as_object(item)
        place = ".".join(str(part) for part in as_list(complaint.get("loc")) if part != "body")
        told[place] = text(complaint, "msg")
    return told


def _as_field_errors(complaints: dict[str, str]) -> Obj:
    """The same in the shape of the newer service's validation errors."""
    return {"fieldErrors": {place: [told] for place, told in complaints.items()}} if complaints else {}


def _from_prose(raw: str) -> str:
    """The title of an HTML page, else the first characters of the text."""
    raw = raw[:PROSE_CHARACTERS]
    title = re.search(r"(?is)<title[^>]*>(.*?)</title>", raw)
    if title:
        raw = html.unescape(title.group(1))
    elif re.match(r"\s*<", raw):
        raw = html.unescape(re.sub(r"(?s)<[^>]*>", " ", raw))
    return redact(" ".join(raw.split())[:MESSAGE_CHARACTERS])


def _page(address: str) -> str:
    """`address` when it is one of a web page, else "". Whether it is opened, the shell decides."""
    if len(address) > 2000 or not re.fullmatch(r"https?://[!-~]+", address):
        return ""
    return address


def _masked(data: Any, depth: int = 0) -> Any:
    """`data` with the keys in its texts masked; a service may throw back what it was sent."""
    if isinstance(data, str):
        return redact(data[:PROSE_CHARACTERS])
    if depth > DEEPEST:
        return None
    if isinstance(data, dict):
        pairs = islice(cast("dict[str, Any]", data).items(), MOST_ITEMS)
        return {redact(name[:CODE_CHARACTERS]): _masked(value, depth + 1) for name, value in pairs}
    if isinstance(data, list):
        return [_masked(item, depth + 1) for item in cast("list[Any]", data)[:MOST_ITEMS]]
    return data


def _whole(link: str) -> str:
    """An address that lost a key to the mask leads nowhere."""
    return "" if MASK in link else link


def _first_link(message: str) -> str:
    """The first page of the account host in a message; only such links are worth a button."""
    found = re.search(r"https?://enter\.[A-Za-z0-9.-]+/[^\s)\]\"'<>]*|https?://[^\s)\]\"'<>]*/(?:top-up|edit-key|"
                      r"grant|quests)\b[^\s)\]\"'<>]*", message)  # fmt: skip
    return found.group(0).rstrip(".,;:") if found else ""
