"""Conversations out of the program and back in: Markdown, HTML, JSON."""
