"""Placeholder so that the layers are complete from the first commit."""
