"""Heights of many things one under another, with sums from the top in logarithmic time."""

from __future__ import annotations

from collections.abc import Iterable


class HeightIndex:
    """A Fenwick tree over heights in pixels: set one, add at the end, cut the end off, find what is at y."""

    def __init__(self, heights: Iterable[float] = ()) -> None:
        self._heights: list[float] = []
        self._tree: list[float] = [0.0]
        for height in heights:
            self.append(height)

    def __len__(self) -> int:
        return len(self._heights)

    def __getitem__(self, at: int) -> float:
        return self._heights[at]

    @property
    def total(self) -> float:
        """The sum of all heights."""
        return self.top(len(self._heights))

    def append(self, height: float) -> None:
        """Add one at the end."""
        self._heights.append(height)
        node = len(self._heights)
        total, step = height, 1
        while step < node & -node:
            total += self._tree[node - step]
            step <<= 1
        self._tree.append(total)

    def truncate(self, count: int) -> None:
        """Keep the first `count`. No inner node reaches beyond its own number, so nothing else changes."""
        del self._heights[count:]
        del self._tree[count + 1 :]

    def set(self, at: int, height: float) -> float:
        """Give `at` another height; returns by how much everything below it moves."""
        difference = height - self._heights[at]
        if difference:
            self._heights[at] = height
            node = at + 1
            while node < len(self._tree):
                self._tree[node] += difference
                node += node & -node
        return difference

    def top(self, at: int) -> float:
        """Where `at` begins: the sum of the heights before it. `len(self)` asks for the end."""
        total = 0.0
        while at > 0:
            total += self._tree[at]
            at &= at - 1
        return total

    def find(self, y: float) -> int:
        """The one at `y`; the first above the top, the last below the end, -1 when there is none."""
        count = len(self._heights)
        at, rest = 0, y
        step = 1 << (count.bit_length() - 1) if count else 0
        while step:
            if at + step <= count and self._tree[at + step] <= rest:
                at += step
                rest -= self._tree[at]
            step >>= 1
        return min(at, count - 1)
