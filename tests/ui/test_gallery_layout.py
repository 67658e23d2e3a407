from hypothesis import given
from hypothesis import strategies as st

from studio.ui.gallery_layout import GalleryLayout, Section

widths = st.integers(150, 900)
leads = st.integers(0, 9)
corner = st.integers(-20, 1500)
counts = st.lists(st.integers(1, 40), min_size=1, max_size=6)


def made(width: int, sizes: list[int], lead: int = 0, *, headed: bool = True) -> GalleryLayout:
    layout = GalleryLayout()
    layout.set_width(width, 100)
    layout.set_count(sum(sizes))
    if headed:
        layout.set_sections([Section(f"Day {n}", "", size) for n, size in enumerate(sizes)])
    layout.keep_column(0, lead % layout.columns)
    return layout


@given(widths, counts, leads, st.booleans())
def test_cells_neither_overlap_nor_leave_the_page(
    width: int, sizes: list[int], lead: int, headed: bool
) -> None:
    layout = made(width, sizes, lead, headed=headed)
    seen: set[tuple[int, int]] = set()
    for position in range(layout.count):
        box = layout.box(position)
        assert box.x >= layout.margin
        assert box.x + box.width <= width - layout.margin
        assert 0 <= box.y < box.y + box.height < layout.height
        assert (box.x, box.y) not in seen
        seen.add((box.x, box.y))
        assert layout.at(box.x, box.y) == position
        assert layout.at(box.x + box.width - 1, box.y + box.height - 1) == position
        assert layout.at(box.x - 1, box.y) == -1


@given(
    st.integers(150, 900),
    counts,
    st.integers(0, 9),
    st.integers(-50, 3000),
    st.integers(1, 900),
    st.booleans(),
)
def test_the_span_holds_exactly_what_is_in_sight(
    width: int, sizes: list[int], lead: int, top: int, page: int, headed: bool
) -> None:
    layout = made(width, sizes, lead, headed=headed)
    first, last = layout.span(top, top + page)
    boxes = [layout.box(position) for position in range(layout.count)]
    seen = [n for n, box in enumerate(boxes) if box.y < top + page and box.y + box.height > top]
    assert set(seen) <= set(range(first, last + 1))
    # At most the row in whose gap the page begins comes along.
    assert last - first + 1 - len(seen) <= 2 * layout.columns


@given(widths, counts, leads, st.tuples(corner, corner, corner, corner), st.booleans())
def test_a_rubber_band_takes_what_it_touches(
    width: int, sizes: list[int], lead: int, corners: tuple[int, int, int, int], headed: bool
) -> None:
    layout = made(width, sizes, lead, headed=headed)
    (left, right), (top, bottom) = sorted(corners[:2]), sorted(corners[2:])
    right, bottom = right + 1, bottom + 1
    taken: list[int] = []
    for first, last in layout.runs(left, top, right, bottom):
        taken.extend(range(first, last + 1))
    touched = []
    for position in range(layout.count):
        box = layout.box(position)
        if left < box.x + box.width and right > box.x and top < box.y + box.height and bottom > box.y:
            touched.append(position)
    assert taken == sorted(set(taken))
    assert set(touched) <= set(taken)
    for position in taken:  # nothing beyond the columns and rows of the band, gaps included
        box = layout.box(position)
        assert box.x <= right
        assert box.x + box.width + layout.gap >= left


@given(widths, counts, leads, st.integers(0, 200), st.integers(-8, 8))
def test_moving_by_rows_stays_in_the_column_where_it_can(
    width: int, sizes: list[int], lead: int, start: int, rows: int
) -> None:
    layout = made(width, sizes, lead)
    start %= layout.count
    target = layout.beside(start, rows)
    assert 0 <= target < layout.count
    first, last = layout.row_edges(target)
    assert first <= target <= last
    if layout.column(target) != layout.column(start):
        assert target in (first, last)  # the row is shorter there
    if rows == 0:
        assert target == start


@given(counts, st.data())
def test_inserting_and_removing_is_building_anew(sizes: list[int], data: st.DataObject) -> None:
    layout = made(500, sizes)
    total = sum(sizes)
    for _ in range(4):
        if layout.count and data.draw(st.booleans()):
            first = data.draw(st.integers(0, layout.count - 1))
            last = data.draw(st.integers(first, layout.count - 1))
            layout.remove(first, last)
            total -= last - first + 1
        else:
            count = data.draw(st.integers(1, 9))
            layout.insert(data.draw(st.integers(0, layout.count)), count)
            total += count
        assert layout.count == total
        left = [section.count for section in layout.sections]
        assert not left or sum(left) == total
        if left:
            fresh = made(500, left)
            fresh.lead = layout.lead
            fresh._measure()
            assert [layout.box(n) for n in range(total)] == [fresh.box(n) for n in range(total)]


def test_cells_fill_the_width_and_keep_their_columns() -> None:
    layout = GalleryLayout(gap=10, margin=20)
    layout.set_count(100)
    assert layout.set_width(780, 168) is True
    assert (layout.columns, layout.cell_width) == (4, 177)
    assert layout.set_width(780, 168) is False
    layout.keep_column(10, 3)
    assert layout.column(10) == 3
    assert layout.lead == 1
    assert layout.box(0).x == layout.box(4).x
    assert layout.drop_lead() is True
    assert layout.drop_lead() is False


def test_headings_lie_above_their_cells() -> None:
    layout = made(500, [5, 9, 2])
    tops = {section.title: y for section, y in layout.headings(0, layout.height)}
    assert list(tops) == ["Day 0", "Day 1", "Day 2"]
    assert tops["Day 1"] + layout.header == layout.box(5).y
    assert [section.title for section, _ in layout.headings(tops["Day 2"], tops["Day 2"] + 1)] == ["Day 2"]
    layout.set_sections([Section("Wrong", "", 3)])
    assert layout.sections == ()


def test_half_a_million_cells() -> None:
    layout = GalleryLayout()
    layout.set_width(1200, 168)
    layout.set_count(500_000)
    assert layout.at(layout.box(499_999).x, layout.box(499_999).y) == 499_999
    assert layout.height < 2**31
