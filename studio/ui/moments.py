"""Times as people say them: "3 min ago", "5 days", "Yesterday"."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from studio.core.i18n import tr, trn

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_MONTHS = (
    tr("January"), tr("February"), tr("March"), tr("April"), tr("May"), tr("June"), tr("July"),
    tr("August"), tr("September"), tr("October"), tr("November"), tr("December"),
)  # fmt: skip


def span(seconds: float) -> str:
    """How long, in the largest unit that fits: "12 min", "3 h", "5 days"."""
    whole = max(int(seconds), 0)
    if whole < _MINUTE:
        return tr("less than a minute")
    if whole < _HOUR:
        return tr("{n} min", n=whole // _MINUTE)
    if whole < 2 * _DAY:
        return tr("{n} h", n=whole // _HOUR)
    return trn("{n} day", "{n} days", whole // _DAY)


def ago(moment: datetime, now: datetime) -> str:
    """How old something is: "just now" for the first minute, then "3 min ago"."""
    age = (now - moment).total_seconds()
    return tr("just now") if age < _MINUTE else tr("{span} ago", span=span(age))


def day_in_words(day: date, today: date) -> str:
    """ "Today", "Yesterday", "12 November", and with the year when it is another one."""
    if day == today:
        return tr("Today")
    if day == today - timedelta(days=1):
        return tr("Yesterday")
    return calendar_day(day, today)


def calendar_day(day: date, today: date) -> str:
    """ "12 November", with the year when it is not the year of `today`."""
    month = _MONTHS[day.month - 1]
    if day.year == today.year:
        return tr("{day} {month}", day=day.day, month=month)
    return tr("{day} {month} {year}", day=day.day, month=month, year=day.year)


def month_in_words(day: date, today: date) -> str:
    """ "October", and with the year when it is another one."""
    month = _MONTHS[day.month - 1]
    return month if day.year == today.year else tr("{month} {year}", month=month, year=day.year)
