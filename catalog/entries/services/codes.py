"""Entry codes (信息资源代码): prefix from the category, sequence number under a lock."""

from collections.abc import Iterable

from sqlalchemy import text
from sqlalchemy.orm import Session

from catalog.entries.models import Category
from catalog.entries.rules import PREFIX

# 部门信息资源, 省及其下各级政务部门, no 目: for entries that name no category.
DEFAULT_PREFIX = "307000"
_TAKE = text(
    "INSERT INTO code_sequence (region_code, prefix, last) VALUES (:region, :prefix, :n) "
    "ON CONFLICT (region_code, prefix) DO UPDATE SET last = code_sequence.last + :n RETURNING last"
)
_RAISE = text(
    "INSERT INTO code_sequence (region_code, prefix, last) VALUES (:region, :prefix, :n) "
    "ON CONFLICT (region_code, prefix) DO UPDATE SET last = "
    "CASE WHEN code_sequence.last < :n THEN :n ELSE code_sequence.last END"
)


def take_code(session: Session, *, region_code: str, category: Category | None) -> str:
    """A code that nobody had and nobody will have again; gaps are allowed."""
    prefix = code_prefix(category)
    values = {"region": region_code, "prefix": prefix, "n": 1}
    number = session.execute(_TAKE, values).scalar_one()
    return f"{prefix}/{number:06d}"


def reserve_codes(session: Session, codes: Iterable[tuple[str, str]]) -> None:
    """Keeps the numbering from ever giving a code that a file brought along: (region, code)."""
    highest: dict[tuple[str, str], int] = {}
    for region_code, code in codes:
        prefix, _slash, number = code.partition("/")
        place = (region_code, prefix)
        highest[place] = max(int(number), highest.get(place, 0))
    for (region_code, prefix), last in sorted(highest.items()):  # in one order: no deadlock
        session.execute(_RAISE, {"region": region_code, "prefix": prefix, "n": last})


def code_prefix(category: Category | None) -> str:
    """The classification part of a code: 类, 项, 目 and 细目; a missing 目 is 000."""
    prefix = category.prefix if category is not None else DEFAULT_PREFIX
    if len(prefix) == 1:
        prefix = f"{prefix}00"
    prefix = prefix if len(prefix) >= 6 else f"{prefix[:3]}000"  # noqa: PLR2004  1 + 2 + 3 digits
    return prefix if PREFIX.fullmatch(prefix) else DEFAULT_PREFIX
