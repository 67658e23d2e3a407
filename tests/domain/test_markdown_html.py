"""Answers as HTML."""

from __future__ import annotations

from studio.domain.markdown import Picture
from studio.domain.markdown_html import to_html
from studio.domain.markdown_parser import parse


def html(text: str) -> str:
    return to_html(parse(text)).replace("\n", "")


def test_lists_open_and_close_around_their_items() -> None:
    assert html("- a\n  - b\n  - c\n- d\n\n> 3. e\n> 4. f") == (
        '<ul><li><p class="tight">a</p><ul><li><p class="tight">b</p></li>'
        '<li><p class="tight">c</p></li></ul>'
        '</li><li><p class="tight">d</p></li></ul>'
        '<blockquote><ol start="3"><li><p>e</p></li><li><p class="tight">f</p></li></ol></blockquote>'
    )


def test_tasks_code_tables_and_formulas() -> None:
    assert '<li class="task"><input type="checkbox" disabled checked> <p class="tight">a</p>' in html(
        "- [x] a"
    )
    assert html("```py\nif x: pass\n```") == (
        '<pre><code class="language-py"><span class="t-keyword">if</span> x: '
        '<span class="t-keyword">pass</span></code></pre>'
    )
    assert html("|a|\n|-:|\n|1|") == (
        '<table><thead><tr><th style="text-align:right">a</th></tr></thead>'
        '<tbody><tr><td style="text-align:right">1</td></tr></tbody></table>'
    )
    assert '<code class="math">x &lt; y</code>' in html("$x < y$")


def test_footnotes_come_last_and_lead_back() -> None:
    found = html("A[^x].\n\n[^x]: note\n\nB")
    assert found.index("<p>B</p>") < found.index('<section class="notes">')
    assert '<sup><a href="#note-1" id="note-ref-1">1</a></sup>' in found
    assert '<li id="note-1" value="1"><p>note</p><a href="#note-ref-1">↩</a></li>' in found


def test_pictures_are_links_unless_they_are_here() -> None:
    blocks = parse("![alt](https://a.b/c.png)")
    assert to_html(blocks) == ('<p><a href="https://a.b/c.png" rel="noopener noreferrer">alt</a></p>\n')

    def here(picture: Picture) -> str:
        return "assets/c.png" if picture.url.endswith("c.png") else ""

    assert to_html(blocks, image=here) == '<p><img src="assets/c.png" alt="alt"></p>\n'
    assert "<img" not in to_html(blocks, image=lambda picture: picture.url)
