"""Identifiers for many records at once, in the order of time.

An import makes hundreds of thousands. Random ones would touch another page of every index with
each row; those that begin with the moment of their making lie side by side.
"""

import os
from typing import Any

from portal.kernel import clock

_COUNTED = 12  # bits of the counter within a thousandth of a second
_RANDOM = 16  # hexadecimal digits


def new_ids(number: int) -> list[str]:
    """So many UUIDs of version 7 (RFC 9562, 5.7), ascending, each with 62 random bits."""
    moment = int(clock.now().timestamp() * 1000)
    random = os.urandom(number * _RANDOM // 2).hex()
    return [_uuid(moment, n, random[n * _RANDOM : (n + 1) * _RANDOM]) for n in range(number)]


def _uuid(moment: int, count: int, random: str) -> str:
    stamp = f"{moment + (count >> _COUNTED):012x}"
    counted = count & ((1 << _COUNTED) - 1)
    variant = "89ab"[int(random[0], 16) & 3]
    return f"{stamp[:8]}-{stamp[8:]}-7{counted:03x}-{variant}{random[1:4]}-{random[4:]}"


def with_new_ids(document: dict[str, Any]) -> dict[str, Any]:
    """`rules.with_ids` for a document that nobody has had before: each part gets an id."""
    counts = {part: len(document[part]) for part in ("items", "resources") if document.get(part)}
    if not counts:
        return document
    ids = iter(new_ids(sum(counts.values())))
    parts = {part: [{**row, "id": next(ids)} for row in document[part]] for part in counts}
    return {**document, **parts}
