"""Where to cut a long recording for transcription: at silence, with a little overlap, by true offsets."""

from __future__ import annotations

from collections.abc import Sequence

from studio.domain.sound import Span


def cut_points(
    duration: float, silences: Sequence[Span], *, longest: float, overlap: float = 2.0
) -> list[Span]:
    """Pieces of at most `longest` seconds that cover the whole sound.

    Each piece but the last ends in the middle of the longest silence in its last third, and the next begins
    right there; where there is no silence, the cut is hard and the next piece begins `overlap` seconds before
    it, so that a word that was cut is whole in one of them.

    Args:
        duration: seconds of the whole.
        silences: in order, as found by `find_silences`.
        longest: seconds of a piece, overlap included; more than twice `overlap`.
    """
    if longest <= 2 * overlap:
        raise ValueError("a piece must be longer than twice the overlap")
    pieces: list[Span] = []
    start = 0.0
    while duration - start > longest:
        end = start + longest
        best = _best(silences, start + longest * 2 / 3, end)
        if best is not None:
            pieces.append(Span(start, best))
            start = best
        else:
            pieces.append(Span(start, end))
            start = end - overlap
    pieces.append(Span(start, duration))
    return pieces


def _best(silences: Sequence[Span], earliest: float, latest: float) -> float | None:
    """The middle of the longest silence that can be cut in, as far as it lies in the stretch."""
    best: Span | None = None
    for silence in silences:
        part = Span(max(silence.start, earliest), min(silence.end, latest))
        if part.duration > 0 and (best is None or part.duration > best.duration):
            best = part
    return (best.start + best.end) / 2 if best is not None else None
