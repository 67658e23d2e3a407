from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from studio.ui.moments import ago, day_in_words, span

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(5, "less than a minute"), (60, "1 min"), (3599, "59 min"), (3600, "1 h"), (100_000, "27 h"),
     (172_800, "2 days"), (86400 * 30, "30 days")],
)  # fmt: skip
def test_span(seconds: float, text: str) -> None:
    assert span(seconds) == text


def test_ago_says_just_now_for_the_first_minute_and_for_clocks_that_differ() -> None:
    assert ago(NOW - timedelta(seconds=59), NOW) == "just now"
    assert ago(NOW + timedelta(seconds=9), NOW) == "just now"
    assert ago(NOW - timedelta(minutes=3), NOW) == "3 min ago"


def test_days() -> None:
    today = date(2026, 1, 1)
    assert day_in_words(today, today) == "Today"
    assert day_in_words(date(2025, 12, 31), today) == "Yesterday"
    assert day_in_words(date(2026, 3, 5), today) == "5 March"
    assert day_in_words(date(2025, 3, 5), today) == "5 March 2025"
