"""asyncio use cases over api and library. Every task is owned here; no Qt up to this room."""
