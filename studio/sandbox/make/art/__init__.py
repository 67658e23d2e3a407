"""How the sandbox draws: scenes of plain shapes, painted as pixels or written as SVG."""
