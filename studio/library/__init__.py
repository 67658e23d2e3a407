"""The user's store: files, sidecars, SQLite index, search. The only package that imports sqlite3."""
