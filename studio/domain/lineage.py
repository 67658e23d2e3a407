"""A family of assets: what was made from what."""

from __future__ import annotations

from dataclasses import dataclass

from studio.domain.asset import Asset


@dataclass(frozen=True, slots=True)
class Lineage:
    """The relatives of one asset, near ones first.

    Args:
        subject: id of the asset that was asked about; it is among `assets`.
        links: (parent, child) by id; both ends are among `assets`.
        complete: False when the family is larger than what was read.
    """

    subject: str
    assets: tuple[Asset, ...]
    links: frozenset[tuple[str, str]]
    complete: bool = True

    def generations(self) -> list[list[str]]:
        """Ids in columns, the oldest first: every asset stands right of all it was made from.

        Links that close a loop (sidecars are files that anybody may write) are left out.
        """
        parents: dict[str, set[str]] = {asset.id: set() for asset in self.assets}
        for parent, child in self.links:
            parents[child].add(parent)
        columns: list[list[str]] = []
        placed: set[str] = set()
        while len(placed) < len(parents):
            column = [key for key, above in parents.items() if key not in placed and above <= placed]
            if not column:
                column = [next(key for key in parents if key not in placed)]
            columns.append(column)
            placed.update(column)
        return self._untangled(columns)

    def _untangled(self, columns: list[list[str]]) -> list[list[str]]:
        """Each column in the order of its parents, so that few lines cross."""
        place: dict[str, float] = {}
        out: list[list[str]] = []
        for column in columns:
            beside: dict[str, list[float]] = {key: [] for key in column}
            for parent, child in self.links:
                if child in beside and parent in place:
                    beside[child].append(place[parent])
            ordered = sorted(column, key=lambda key: _mean(beside[key]))
            out.append(ordered)
            place |= {key: float(at) for at, key in enumerate(ordered)}
        return out


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0
