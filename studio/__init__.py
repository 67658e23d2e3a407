"""Nectary: a native desktop studio for the Pollinations API."""

__version__ = "0.1.0"
