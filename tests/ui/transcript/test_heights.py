"""The height index against the plain sum."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from studio.ui.transcript.heights import HeightIndex

HEIGHT = st.integers(0, 5000).map(lambda n: n / 4)
STEP = st.one_of(
    st.tuples(st.just("append"), HEIGHT, st.just(0)),
    st.tuples(st.just("set"), HEIGHT, st.integers(0, 10**6)),
    st.tuples(st.just("truncate"), st.just(0.0), st.integers(0, 10**6)),
)


@given(st.lists(HEIGHT, max_size=40), st.lists(STEP, max_size=60), st.integers(-10, 60_000))
def test_agrees_with_the_plain_sum(start, steps, y) -> None:
    index, plain = HeightIndex(start), list(start)
    for verb, height, number in steps:
        if verb == "append":
            index.append(height)
            plain.append(height)
        elif verb == "truncate":
            count = number % (len(plain) + 1)
            index.truncate(count)
            del plain[count:]
        elif plain:
            at = number % len(plain)
            assert index.set(at, height) == height - plain[at]
            plain[at] = height
    assert len(index) == len(plain)
    assert index.total == sum(plain)
    assert [index.top(at) for at in range(len(plain) + 1)] == [
        sum(plain[:at]) for at in range(len(plain) + 1)
    ]
    assert index.find(y) == naive_find(plain, y)


def naive_find(heights: list[float], y: float) -> int:
    at = 0
    while at < len(heights) and sum(heights[: at + 1]) <= y:
        at += 1
    return min(at, len(heights) - 1)


def test_finds_in_a_large_index() -> None:
    index = HeightIndex([10.0] * 100_000)
    assert index.find(555_555) == 55_555
    assert index.top(55_555) == 555_550
    assert HeightIndex().find(5) == -1
