"""Sound files through PyAV: look, decode, outline, measure, cut, join, encode. Everything here blocks."""
