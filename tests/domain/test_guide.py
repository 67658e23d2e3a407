from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.guide import INDEX, Guide, is_outside, make_guide, make_page, resolved, slug

FILES = {
    INDEX: "# Help\n\nHello.\n\n## Panes\n\n- [Create](create.md): pictures\n- [Library](library.md#find)\n\n"
    "## More\n\n- [Privacy](../privacy.md)\n- [a site](https://example.org)\n",
    "guide/create.md": "# Create\n\nPictures.\n\n## The queue\n\nJobs wait in line, `Ctrl+J` shows all.\n\n"
    "```\na {red|blue} boat\n```\n",
    "guide/library.md": "# Library\n\n![All of it.](../screenshots/library-light.webp)\n\n## Find\n\n"
    "The queue is elsewhere: [there](create.md#the-queue).\n\n| Key | What |\n|---|---|\n| R | rate it |\n",
    "privacy.md": "# Privacy\n\n<!-- made -->\nNothing is sent. See [the code](../studio/app.py).\n",
}


def guide() -> Guide:
    return make_guide(FILES.__getitem__)


def test_the_contents_are_those_of_the_index() -> None:
    made = guide()
    assert list(made.pages) == [INDEX, "guide/create.md", "guide/library.md", "privacy.md"]
    assert made.groups == (
        ("", (INDEX,)),
        ("Panes", ("guide/create.md", "guide/library.md")),
        ("More", ("privacy.md",)),
    )
    assert made.pages[INDEX].title == "Help"


def test_a_page_has_anchors_links_and_pictures() -> None:
    page = guide().pages["guide/library.md"]
    assert page.links == ("guide/create.md#the-queue",)
    assert page.pictures == ("screenshots/library-light.webp",)
    assert page.anchors == {"library", "find"}
    assert '<h2 id="find">' in page.html
    assert '<a href="guide/create.md#the-queue">there</a>' in page.html
    # What stands for the picture in words is there for everyone, once.
    assert page.html.count('<p class="caption">All of it.</p>') == 1
    assert "<th>Key</th>" in page.html


def test_what_only_a_checkout_has_stays_as_words() -> None:
    page = guide().pages["privacy.md"]
    assert page.links == ()
    assert "href" not in page.html
    assert "the code" in page.html
    assert "made" not in page.html


def test_html_in_a_page_is_text() -> None:
    assert "<script>" not in make_page("x.md", "# X\n\n<script>alert(1)</script>\n").html


def test_places_by_their_names() -> None:
    made = guide()
    assert made.place("create") == ("guide/create.md", "")
    assert made.place("create#the-queue") == ("guide/create.md", "the-queue")
    assert made.place("guide/create.md#gone") == ("guide/create.md", "")
    assert made.place("privacy") == made.place("privacy.md") == ("privacy.md", "")
    assert made.place("nowhere") is None


def test_search_finds_all_words_and_puts_headings_first() -> None:
    made = guide()
    hits = made.find("Queue")
    assert [(hit.page, hit.anchor) for hit in hits] == [
        ("guide/create.md", "the-queue"), ("guide/library.md", "find"),
    ]  # fmt: skip
    assert "queue is elsewhere" in hits[1].excerpt
    assert [hit.anchor for hit in made.find("rate key")] == ["find"]
    assert [hit.page for hit in made.find("boat")] == ["guide/create.md"]
    assert made.find("queue dragons") == []
    assert made.find("  ") == []


def test_an_excerpt_is_cut_at_words() -> None:
    page = make_page("x.md", f"# X\n\n{'word ' * 50}needle {'word ' * 50}\n")
    (hit,) = Guide({"x.md": page}).find("needle")
    assert "needle" in hit.excerpt
    assert hit.excerpt.startswith("… word")
    assert hit.excerpt.endswith(" …")
    assert len(hit.excerpt) < 140


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("create.md", "guide/create.md"),
        ("../privacy.md#the-key", "privacy.md#the-key"),
        ("#here", "guide/index.md#here"),
        ("../screenshots/a%20b.webp", "screenshots/a b.webp"),
    ],
)
def test_links_become_paths_below_the_documentation(link: str, target: str) -> None:
    assert resolved(INDEX, link) == target


def test_outside_is_what_a_browser_opens() -> None:
    assert is_outside("https://example.org")
    assert is_outside("mailto:a@example.org")
    assert not is_outside("create.md#the-queue")


@given(st.text(), st.text())
def test_any_text_is_a_page_that_can_be_searched(text: str, words: str) -> None:
    page = make_page("x.md", f"# X\n\n{text}\n")
    Guide({"x.md": page}).find(words)
    assert all(slug(section.title) == section.anchor for section in page.sections)
