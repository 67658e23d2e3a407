"""Words that every room of the house may use: events, errors, paths, settings, secrets, log."""
