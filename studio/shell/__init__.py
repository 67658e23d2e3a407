"""Main window, pane registry, notices, job tray, command palette."""
