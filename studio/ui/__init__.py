"""Shared widgets, gallery view, delegates, dialogs, theme, player."""
