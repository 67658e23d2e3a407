"""Search over messages: what it finds, how it shows it, and that no query breaks it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.library.conversations import ConversationRepository
from studio.library.database import MemoryDatabase
from studio.library.message_search import MessageSearch
from studio.library.messages import MessageRepository
from studio.library.migrations import PROFILE
from tests.library.chats import NOW, conversation, question

TEXTS = (
    "A lighthouse on the cliff.\n\nIt is *old*, older than the pier.",
    "Crème brûlée needs cream, eggs and sugar",
    "The pier was built after the lighthouse",
    "def main():\n    x = a->b  # 100% sure_thing",
    "港の灯台は古いです",
    "Straße und Brücke",
)


@pytest.fixture(scope="module")
def search() -> Iterator[MessageSearch]:
    memory = MemoryDatabase(PROFILE)
    ConversationRepository(memory).put(conversation("c1", title="Sea"))
    ConversationRepository(memory).put(conversation("c2", archived=True))
    messages = MessageRepository(memory)
    for number, text in enumerate(TEXTS):
        messages.add([question(f"m{number}", text=text, created_at=NOW + timedelta(seconds=number))])
    messages.add([question("m9", "c2", text="An archived lighthouse")])
    yield MessageSearch(memory)
    memory.close()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("lighthouse", ["m9", "m2", "m0"]),
        ("LIGHT", ["m9", "m2", "m0"]),
        ("light pier", ["m2", "m0"]),
        ('"the lighthouse"', ["m2"]),
        ("lighthouse -pier", ["m9"]),
        ("creme brulee", ["m1"]),
        ("brucke", ["m5"]),
        ("a", ["m3", "m0"]),
        ("ighthous", ["m9", "m2", "m0"]),
        ("a->b", ["m3"]),
        ('"->"', ["m3"]),
        ("100%", ["m3"]),
        ("sure_th", ["m3"]),
        ("灯台", ["m4"]),
        ("model:flux", []),
        ("def:main", ["m3"]),
        ("-pier", []),
        ("", []),
        ("%", []),
        ('"', []),
        ("zebra", []),
    ],
)
def test_what_is_found(search: MessageSearch, query: str, found: list[str]) -> None:
    assert [hit.message_id for hit in search.find(query)] == found


def test_hits_are_told_with_their_surroundings(search: MessageSearch) -> None:
    hit = search.find("old light")[0]
    assert (hit.message_id, hit.conversation_id, hit.title, hit.role) == ("m0", "c1", "Sea", "user")
    assert hit.created_at == NOW
    assert hit.snippet == "A lighthouse on the cliff. It is *old*, older than the pier."
    assert [hit.snippet[start:end] for start, end in hit.marks] == ["lighthouse", "old", "older"]
    hit = search.find("灯台")[0]
    assert [hit.snippet[start:end] for start, end in hit.marks] == ["灯台"]


def test_archived_and_limit(search: MessageSearch) -> None:
    assert [hit.archived for hit in search.find("lighthouse")] == [True, False, False]
    assert [hit.message_id for hit in search.find("lighthouse", archived=False)] == ["m2", "m0"]
    assert [hit.message_id for hit in search.find("lighthouse", 1)] == ["m9"]
    assert search.find("lighthouse", 0) == []


def test_a_search_can_be_stopped(search: MessageSearch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.library.message_search._STEPS", 1)
    stop = threading.Event()
    stop.set()
    assert search.find("ighthouse", stop=stop) == []
    assert len(search.find("ighthouse", stop=threading.Event())) == 3


ODD = st.text(st.sampled_from("ab\"*():^-+~{}\\'%_ \0\n\udc00é灯²☂NEAR ORANDNOT"), max_size=24)


@given(st.one_of(ODD, st.text(st.characters(), max_size=24)))
def test_no_query_is_an_error(query: str) -> None:
    memory = MemoryDatabase(PROFILE)
    ConversationRepository(memory).put(conversation("c1"))
    MessageRepository(memory).add([question("m1", text="a b NEAR(灯台) 100% ☂")])
    for hit in MessageSearch(memory).find(query):
        assert all(0 <= start < end <= len(hit.snippet) for start, end in hit.marks)
    memory.close()


def test_long_texts_are_cut_around_the_hit(tmp_path: Path) -> None:
    memory = MemoryDatabase(PROFILE)
    ConversationRepository(memory).put(conversation("c1"))
    text = "word " * 5000 + "needle" + " word" * 5000
    MessageRepository(memory).add([question("m1", text=text)])
    for query in ("needle", "eedle"):
        (hit,) = MessageSearch(memory).find(query)
        assert len(hit.snippet) < 300
        (mark,) = hit.marks
        assert hit.snippet[slice(*mark)] == query
    memory.close()
