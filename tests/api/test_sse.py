from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from studio.api.sse import SseParser

lines = st.lists(
    st.one_of(
        st.text(st.characters(exclude_characters="\r\n", codec="utf-8")).map(lambda t: f"data: {t}"),
        st.text(st.characters(exclude_characters="\r\n", codec="utf-8")).map(lambda t: f"data:{t}"),
        st.sampled_from(["", "", ": keep-alive", "event: x", "id: 1", "retry: 5", "data"]),
    )
)


def parse(pieces: list[bytes]) -> list[bytes]:
    parser = SseParser()
    events = [event for piece in pieces for event in parser.feed(piece)]
    return events + parser.finish()


def cut(body: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(body) + 1) for place in places), len(body)]
    return [body[a:b] for a, b in pairwise(edges)]


@given(lines, st.sampled_from(["\n", "\r\n", "\r"]), st.lists(st.integers(0, 10_000)), st.booleans())
def test_events_do_not_depend_on_cuts_or_line_ends(
    texts: list[str], end: str, places: list[int], bom: bool
) -> None:
    plain = "".join(f"{text}\n" for text in texts).encode()
    body = ("\ufeff" if bom else "").encode() + "".join(f"{text}{end}" for text in texts).encode()
    assert parse(cut(body, places)) == parse([plain])


@given(st.binary(), st.lists(st.integers(0, 10_000)))
def test_garbage_is_cut_the_same_way_anywhere(body: bytes, places: list[int]) -> None:
    assert parse(cut(body, places)) == parse([body])


@given(st.lists(st.text(st.characters(exclude_characters="\r\n", codec="utf-8"), min_size=1), min_size=1))
def test_what_was_sent_arrives(texts: list[str]) -> None:
    body = "".join(f"data: {text}\n\n" for text in texts).encode()
    assert [event.decode() for event in parse([body])] == texts


def test_the_rules() -> None:
    assert parse([b"data: a\ndata: b\n\n"]) == [b"a\nb"]
    assert parse([b"data:  two\n\n"]) == [b" two"]
    assert parse([b": comment\n\nevent: x\n\n"]) == []
    assert parse([b"data: [DONE]"]) == [b"[DONE]"]
    assert parse([b"data: a\r", b"\n\r\ndata: b\r\n\r\n"]) == [b"a", b"b"]
    assert parse(["data: 🐝\n\n".encode()[:8], "data: 🐝\n\n".encode()[8:]]) == ["🐝".encode()]
