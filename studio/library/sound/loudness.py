"""Loudness after EBU R128, measured by libavfilter's `ebur128`."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from studio.domain.sound import Loudness
from studio.library.sound.opening import Resampler, frames, open_sound

if TYPE_CHECKING:
    from av.filter.graph import Graph

_SILENT = -69.9  # the filter's gate: what is below -70 LUFS has no loudness
_RATE = 48_000


def measure(path: Path) -> Loudness:
    """The loudness of a whole file; `integrated` is -inf when nothing in it is louder than the gate.

    Raises:
        SoundError: see `open_sound`.
    """
    found: dict[str, str] = {}
    with open_sound(path) as (container, track):
        # Above stereo the weights of the surround channels need the layout, which the filter knows.
        layout = track.codec_context.layout.name
        graph = _graph(layout)
        resampler = Resampler("flt", layout, _RATE)
        clock = 0
        for frame in frames(container, track):
            for made in resampler.push(frame):
                made.pts, clock = clock, clock + made.samples
                graph.push(made)
                _pull(graph, found)
        for made in resampler.flush():
            made.pts, clock = clock, clock + made.samples
            graph.push(made)
        graph.push(None)
        _pull(graph, found)
    integrated = float(found.get("lavfi.r128.I", "-70"))
    peaks = [float(value) for key, value in found.items() if "true_peaks_ch" in key]
    peak = max(peaks, default=0.0)
    return Loudness(
        integrated=integrated if integrated > _SILENT and clock else -math.inf,
        range=float(found.get("lavfi.r128.LRA", "0")),
        true_peak=20 * math.log10(peak) if peak > 0 else -math.inf,
    )


def _graph(layout: str) -> Graph:
    from fractions import Fraction

    from av.filter import Graph

    graph = Graph()
    source = graph.add_abuffer(format="flt", sample_rate=_RATE, layout=layout, time_base=Fraction(1, _RATE))
    meter = graph.add("ebur128", "metadata=1:peak=true:framelog=quiet")
    sink = graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    return graph


def _pull(graph: Graph, found: dict[str, str]) -> None:
    """Take what came out; the last frame's figures stand for everything before it."""
    from av.error import BlockingIOError as NotYet
    from av.error import EOFError as Ended

    while True:
        try:
            frame = graph.pull()
        except (NotYet, Ended):
            return
        found.update(frame.metadata)
