"""The transcript of a conversation, painted block by block."""
