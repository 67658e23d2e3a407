"""The transcript of a chat: a painted, virtual list of messages."""
