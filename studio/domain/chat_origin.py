"""Which message of a chat an asset comes from: names of batches, and how they are read."""

from __future__ import annotations

from studio.domain.asset import Asset


def batch_name(message_id: str, number: int) -> str:
    """The batch of jobs that the call `number` of a message ordered.

    >>> batch_name("m1", 0)
    'chat-m1-0'
    """
    return f"chat-{message_id}-{number}"


def message_of_batch(batch: str) -> str:
    """The id of the message whose tool made a picture of this batch; "" for any other batch."""
    start, _, rest = batch.partition("-")
    return rest.rpartition("-")[0] if start == "chat" else ""


def message_of(asset: Asset) -> str:
    """The id of the message an asset was made for or came with; "" for one from anywhere else."""
    told = asset.provenance.request.get("message_id")
    return message_of_batch(asset.provenance.batch) or (told if isinstance(told, str) else "")
