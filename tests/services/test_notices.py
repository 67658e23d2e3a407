"""What is told to the user, and what becomes a report."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from studio.core.errors import Action, StorageError, StudioError
from studio.services.notices import KEPT, BugReport, Notice, NoticeCentre, Severity


def test_an_error_for_the_user_becomes_a_notice_with_its_ways_on() -> None:
    centre, heard = NoticeCentre(), list[Notice]()
    centre.posted.connect(heard.append)
    way = Action("retry", "Try again")
    centre.report(StudioError("The disk is full.", "Free some space.", (way,)))
    (notice,) = heard
    assert (notice.text, notice.detail, notice.actions) == ("The disk is full.", "Free some space.", (way,))
    assert notice.severity is Severity.ERROR
    assert centre.bugs == []


def test_the_same_error_replaces_its_earlier_notice() -> None:
    centre = NoticeCentre()
    centre.report(StudioError("The disk is full."))
    centre.report(StudioError("The disk is full.", "Still."))
    first, second = centre.recent
    assert first.topic == second.topic != ""


def fail(text: str) -> BaseException:
    try:
        raise ValueError(text)
    except ValueError as error:
        return error


def test_a_bug_is_reported_once_however_often_it_comes() -> None:
    centre, heard = NoticeCentre(), list[BugReport]()
    centre.bug.connect(heard.append)
    for _ in range(3):
        centre.report(fail("x"), "testing")
    (bug,) = heard
    assert (bug.summary, bug.context) == ("ValueError: x", "testing")
    assert "raise ValueError" in bug.trace
    assert not centre.recent


@given(st.from_regex(r"\A(sk|pk)_[A-Za-z0-9]{8,40}\Z"))
def test_no_key_gets_into_a_report(key: str) -> None:
    centre = NoticeCentre()
    centre.report(fail(f"cannot use {key} here"))
    assert key not in centre.bugs[0].trace + centre.bugs[0].summary


def test_what_was_told_before_a_window_listens_waits_and_is_bounded() -> None:
    centre = NoticeCentre()
    for number in range(KEPT + 5):
        centre.tell(f"Notice {number}.")
    assert len(centre.recent) == KEPT
    assert centre.recent[0].text == "Notice 5."
    assert len({notice.id for notice in centre.recent}) == KEPT


def test_an_error_without_a_way_on_leads_to_help() -> None:
    centre = NoticeCentre()
    centre.report(StorageError("The disk is full."))
    centre.report(StorageError("The disk is full.", actions=(Action("retry", "Try again"),)))
    centre.report(StudioError("This is so."))
    shown = [[(action.id, action.argument) for action in notice.actions] for notice in centre.recent]
    assert shown == [[("help.open", "trouble#the-disk")], [("retry", "")], []]
