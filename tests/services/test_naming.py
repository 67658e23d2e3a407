from __future__ import annotations

from studio.services.naming import example_name


def test_the_example_follows_the_library_s_own_rules() -> None:
    assert example_name("{prompt}/{seed}") == "A-lighthouse-on-a-basalt-cliff-at-dusk-1832551904"
