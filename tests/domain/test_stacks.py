from hypothesis import given
from hypothesis import strategies as st

from studio.domain.stacks import stack_key

REQUESTS = st.dictionaries(
    st.text(max_size=5), st.integers() | st.text(max_size=5) | st.booleans(), max_size=4
)


@given(REQUESTS, st.integers(), st.integers())
def test_only_the_seed_makes_no_difference(request: dict[str, object], one: int, other: int) -> None:
    key = stack_key({**request, "seed": one})
    assert key == stack_key(
        {"seed": other, **{name: request[name] for name in reversed(request) if name != "seed"}}
    )
    assert -(2**63) <= key < 2**63
    assert key != 0
    assert key != stack_key({**request, "seed": one, "another parameter": 1})


def test_what_was_not_asked_for_with_a_seed_has_no_stack() -> None:
    assert stack_key({}) == 0
    assert stack_key({"parameters": {"Seed": "1"}}) == 0
