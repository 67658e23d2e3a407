from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.api import errors as e
from studio.api.error_parsing import error_from_response
from studio.api.retry import (
    GENERATION,
    ONCE_ONLY,
    QUEUED,
    READ,
    STREAM,
    delay_before_retry,
    jitter,
    parse_retry_after,
)


def status(code: int, **headers: str) -> e.ApiError:
    return error_from_response(code, {k.replace("_", "-"): v for k, v in headers.items()}, b"")


@pytest.mark.parametrize("code", [502, 503, 504, 520, 521, 522, 523, 524])
def test_the_services_own_trouble_is_tried_three_times(code: int) -> None:
    delays = [delay_before_retry(status(code), attempt, GENERATION) for attempt in (1, 2, 3, 4)]
    assert delays == [2.0, 4.0, 8.0, None]


@pytest.mark.parametrize("code", [400, 401, 402, 403, 404, 405, 409, 410, 413, 415, 422, 426, 501, 530])
def test_what_cannot_get_better_is_not_tried(code: int) -> None:
    assert delay_before_retry(status(code), 1, GENERATION) is None


def test_a_server_bug_is_tried_once() -> None:
    assert [delay_before_retry(status(500), n, GENERATION) for n in (1, 2)] == [2.0, None]


@pytest.mark.parametrize("error", [e.ApiTimeout("x"), e.ApiInterrupted("x"), e.ApiOffline("x"), status(408)])
def test_network_trouble_is_tried(error: e.ApiError) -> None:
    assert [delay_before_retry(error, n, GENERATION) for n in (1, 2, 3, 4)] == [2.0, 4.0, 8.0, None]
    assert delay_before_retry(error, 1, ONCE_ONLY) is None


def test_too_many_requests_wait_as_told() -> None:
    assert delay_before_retry(status(429, retry_after="23"), 1, GENERATION) == 23.0
    assert delay_before_retry(status(429), 1, GENERATION) == 60.0
    assert delay_before_retry(status(429, retry_after="300"), 1, GENERATION) == 300.0
    assert delay_before_retry(status(429, retry_after="1800"), 1, GENERATION) is None
    assert delay_before_retry(status(429, retry_after="23"), 1, QUEUED) is None, "the queue waits, for all"
    assert delay_before_retry(status(503, retry_after="7"), 1, GENERATION) == 7.0


def test_a_stream_is_repeated_only_when_nothing_ran() -> None:
    for again in (e.ApiOffline("x"), status(429), status(502), status(503)):
        assert delay_before_retry(again, 1, STREAM) is not None
    for never in (
        e.ApiTimeout("x"),
        e.ApiInterrupted("x"),
        status(500),
        status(504),
        status(520),
        status(524),
    ):
        assert delay_before_retry(never, 1, STREAM) is None


def test_reading_tells_at_once_that_there_is_no_network() -> None:
    assert delay_before_retry(e.ApiOffline("x"), 1, READ) is None
    assert delay_before_retry(e.ApiInterrupted("x"), 1, READ) == 2.0


def test_retry_after_is_seconds_or_a_date() -> None:
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    later = datetime(2026, 11, 20, 12, 1, 30, tzinfo=UTC)
    assert parse_retry_after(format_datetime(later, usegmt=True), now) == 90.0
    assert parse_retry_after(format_datetime(now, usegmt=True), later) == 0.0
    assert parse_retry_after("1.5") == 1.5
    assert parse_retry_after("-3") == 0.0
    assert [parse_retry_after(text) for text in ("", "soon", "nan", "inf", "Fri, 99 Foo")] == [None] * 5


@given(st.text())
def test_any_retry_after_is_survived(text: str) -> None:
    seconds = parse_retry_after(text)
    assert seconds is None or seconds >= 0


@given(st.floats(0.1, 300))
def test_jitter_never_shortens_a_wait(delay: float) -> None:
    assert delay <= jitter(delay) <= delay * 1.25
