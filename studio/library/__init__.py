"""The user's store: files with sidecars, the index over them, and the profile's database."""
