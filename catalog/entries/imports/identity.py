"""Which rows are one entry: by the file's own key, else by owner and title."""

import hashlib
import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from catalog.entries.imports import vocabulary
from catalog.entries.imports.drafts import CODE, SOURCE_CODE, SOURCE_KEY, TITLE, Owner

# what may differ between rows of one entry: formats, addresses, volumes, dates
_FREE = frozenset({"resources", "source_url", "volume", "data_updated_at", "issued_on"})
_BLANKS = re.compile(r"\s+")
_SAME_RESOURCE = ("kind", "format", "address", "name", "method", "table", "file_name")


_encode = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str
).encode


def digest(value: object) -> bytes:
    """A short fingerprint of a plain value, such as a document."""
    return _hashed(_encode(value))


def digest_of(*texts: str) -> bytes:
    """A short fingerprint of some texts; they hold no control characters."""
    return _hashed("\x1f".join(texts))


def _hashed(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()


def plain_title(title: str) -> str:
    """A title as it is compared: one width, one case, no blanks."""
    return _BLANKS.sub("", vocabulary.folded(title))


@lru_cache(maxsize=4096)
def owner_mark(owner: Owner) -> tuple[str, str, str]:
    """What tells owners apart within a file: a name alone may stand for several districts."""
    name = _BLANKS.sub("", vocabulary.folded(owner.name))
    return owner.credit_code, name, _BLANKS.sub("", vocabulary.folded(owner.region))


def own_key(code: str, document: Mapping[str, Any]) -> tuple[str, str]:
    """Kind and value of what identifies the entry: catalogue id, code, else title."""
    if document.get("source_key"):
        return SOURCE_KEY, str(document["source_key"])
    if code:
        return CODE, code
    if document.get("source_code"):
        return SOURCE_CODE, str(document["source_code"])
    return TITLE, plain_title(str(document.get("title", "")))


def content_mark(document: Mapping[str, Any], code: str, *, free_items: bool) -> bytes:
    """The fingerprint of all that must be equal for two rows to be one entry."""
    free = _FREE | {"items"} if free_items else _FREE
    fixed = {key: value for key, value in document.items() if key not in free}
    fixed["title"] = plain_title(str(document.get("title", "")))
    return digest([code, fixed])


def merged(one: dict[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Two documents of one entry as one: all its parts, the latest data, the first issue."""
    both = dict(one)
    for key in ("resources", "items"):
        parts = [*one.get(key, ()), *other.get(key, ())]
        if parts:
            both[key] = _union(parts) if key == "resources" else _once(parts)
    if other.get("volume"):
        both["volume"] = {**other["volume"], **one.get("volume", {})}
    dates = [d["data_updated_at"] for d in (one, other) if d.get("data_updated_at")]
    issues = [d["issued_on"] for d in (one, other) if d.get("issued_on")]
    if dates:
        both["data_updated_at"] = max(dates)
    if issues:
        both["issued_on"] = min(issues)
    if "source_url" not in both and other.get("source_url"):
        both["source_url"] = other["source_url"]
    return both


def _union(resources: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Resources that differ in more than volume and dates; of those alike the latest stays."""
    kept: dict[tuple[Any, ...], dict[str, Any]] = {}
    for resource in resources:
        mark = tuple(resource.get(key) for key in _SAME_RESOURCE)
        known = kept.get(mark)
        if known is None or resource.get("updated_at", "") > known.get("updated_at", ""):
            kept[mark] = resource
    return list(kept.values())


def _once(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return list({digest(part): part for part in parts}.values())
