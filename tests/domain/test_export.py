"""What an export says about itself."""

from __future__ import annotations

from studio.domain.export import Exported, ExportOptions


def test_the_usual_copy_is_the_original_with_everything_in_it() -> None:
    options = ExportOptions()
    assert (options.format, options.longest_side, options.parameters) == ("original", None, True)
    assert Exported() == Exported(written=(), refused=())
