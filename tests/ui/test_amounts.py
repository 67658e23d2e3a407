"""Amounts in words."""

from __future__ import annotations

from studio.ui.amounts import file_size


def test_sizes_of_files() -> None:
    sizes = (0, 999, 1000, 1500, 9_960, 12_345, 999_400, 999_600, 2_500_000, 3_000_000_000, 2 * 10**12)
    assert [file_size(size) for size in sizes] == [
        "0 B", "999 B", "1.0 kB", "1.5 kB", "10 kB", "12 kB", "999 kB", "1.0 MB", "2.5 MB", "3.0 GB",
        "2,000 GB",
    ]  # fmt: skip
