"""Results that differ in nothing but their seed stand in one stack."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def stack_key(request: Mapping[str, Any]) -> int:
    """What the requests of a stack have in common, as a signed 64-bit number; 0 for results of no request.

    Args:
        request: `Provenance.request`. Imports from other programs keep `parameters` there, which are no
            request of ours and make no stack.
    """
    if "seed" not in request:
        return 0
    same = {name: value for name, value in request.items() if name != "seed"}
    text = json.dumps(same, sort_keys=True, default=str)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), signed=True) or 1
