"""List models and the bridge from service events to queued Qt signals."""
