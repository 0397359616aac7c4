"""Pages of lists: numbered ones for people, keyset cursors for walks."""

import base64
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from portal.kernel.errors import Invalid
from portal.kernel.text import _

Row = TypeVar("Row")
PAGE_SIZE = 20
LARGEST_PAGE = 100
DEEPEST = 10_000
LARGEST_NUMBER = 2**63


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One numbered page; `total` None means that nobody counted."""

    rows: Sequence[Row]
    number: int
    size: int
    total: int | None = None
    more: bool = False

    @property
    def first(self) -> int:
        """The position of the first row, from 1; 0 when there is none."""
        return (self.number - 1) * self.size + 1 if self.rows else 0

    @property
    def last(self) -> int:
        return (self.number - 1) * self.size + len(self.rows)

    @property
    def has_next(self) -> bool:
        return self.more if self.total is None else self.last < self.total

    @property
    def pages(self) -> int:
        return max(1, -(-(self.total or 0) // self.size))


def page_number(raw: str | None) -> int:
    """A page number from an address; what is no number is page 1.

    Raises Invalid beyond the deepest page that lists give.
    """
    number = int(raw) if raw and raw.isascii() and raw.isdigit() and len(raw) < 9 else 1  # noqa: PLR2004
    if number * PAGE_SIZE > DEEPEST:
        raise Invalid(_("列表最多翻到第 %(deepest)s 条。请用筛选条件缩小范围。", deepest=DEEPEST))
    return max(1, number)


def encode_cursor(values: Sequence[Any]) -> str:
    """A cursor for an address: opaque, but not secret."""
    raw = json.dumps(list(values), ensure_ascii=False, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode_cursor(cursor: str, length: int) -> list[Any]:
    """The values of a cursor; raises Invalid when it is not one of ours."""
    try:
        raw = base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))
        values = json.loads(raw)
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, list) or len(values) != length or not all(map(_is_plain, values)):
        raise Invalid(_("翻页标记不对。请从列表的第一页重新开始。"))
    return values


def _is_plain(value: object) -> bool:
    """Whether a database takes the value: it came from outside and may be anything in JSON."""
    if isinstance(value, str):
        return "\0" not in value and value == value.encode(errors="ignore").decode()
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or (isinstance(value, int) and abs(value) < LARGEST_NUMBER)
