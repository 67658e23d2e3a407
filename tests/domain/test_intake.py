"""The report about an import: numbers, a line for each file, nothing that breaks a line."""

from __future__ import annotations

from pathlib import Path

from studio.domain.intake import IntakeReport, Reading, TakenFile, printable


def test_programs_and_counts() -> None:
    files = (
        TakenFile(path=Path("/a.png"), reading=Reading.READ, program="Forge", asset_id="1"),
        TakenFile(path=Path("/b.png"), reading=Reading.READ, program="Forge", asset_id="2"),
        TakenFile(path=Path("/c.png"), reading=Reading.READ, asset_id="3"),
        TakenFile(path=Path("/d.png"), reading=Reading.UNREADABLE, asset_id="4"),
        TakenFile(path=Path("/e.png"), reading=Reading.REFUSED, why="The picture is damaged."),
        TakenFile(path=Path("/f.png"), reading=Reading.KNOWN, asset_id="1"),
    )
    report = IntakeReport(files=files, beside=(Path("/notes.txt"),), left=2, problem="The disk is full.")
    assert report.added == ["1", "2", "3", "4"]
    assert report.programs() == [("Forge", 2), ("", 1)]
    assert dict(report.counts()) == {
        "Read as Forge": 2, "Read, made by an unnamed program": 1, "In the library already": 1,
        "Parameters not readable, kept as they are": 1, "Not taken in": 1,
        "Other files in the folders": 1, "Not looked at": 2,
    }  # fmt: skip
    lines = report.text().splitlines()
    assert lines[:2] == ["4 files added to the library", "The disk is full."]
    assert lines[-2:] == ["The picture is damaged.\t/e.png", "no picture, film or sound\t/notes.txt"]


def test_names_stay_on_their_line() -> None:
    assert printable(Path("/a\nb\u202e\udcff")) == "/a\\u000ab\\u202e\\udcff"
