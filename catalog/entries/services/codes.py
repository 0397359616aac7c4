"""Entry codes (信息资源代码): prefix from the category, sequence number under a lock."""

from collections.abc import Iterable

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from catalog.entries.models import Category, CodeSequence, Entry
from catalog.entries.rules import PREFIX
from portal.kernel.errors import Conflict
from portal.kernel.text import _

# 部门信息资源, 省及其下各级政务部门, no 目: for entries that name no category.
DEFAULT_PREFIX = "307000"
LAST_NUMBER = 999_999  # six digits, see `rules.CODE`
FAR_AHEAD = 1_000
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
    return take_codes(session, region_code=region_code, prefix=code_prefix(category), count=1)[0]


def take_codes(session: Session, *, region_code: str, prefix: str, count: int) -> list[str]:
    """So many codes of one prefix, each as `take_code` gives it; as a rule two statements."""
    found: list[str] = []
    while len(found) < count:
        missing = count - len(found)
        values = {"region": region_code, "prefix": prefix, "n": missing}
        last = session.execute(_TAKE, values).scalar_one()
        if last > LAST_NUMBER:
            raise Conflict(_("分类“%(prefix)s”下的顺序码已用完，不能再编代码。", prefix=prefix))
        codes = [f"{prefix}/{number:06d}" for number in range(last - missing + 1, last + 1)]
        taken = select(Entry.code).where(Entry.region_code == region_code, Entry.code.in_(codes))
        brought = set(session.scalars(taken))  # by a file
        found += [code for code in codes if code not in brought]
    return found


def reserve_codes(session: Session, codes: Iterable[tuple[str, str]]) -> None:
    """Keeps the numbering from trying each code that a file brought along: (region, code).

    A number far ahead moves nothing: one such row would use up a whole category.
    """
    brought: dict[tuple[str, str], list[int]] = {}
    for region_code, code in codes:
        prefix, _slash, number = code.partition("/")
        brought.setdefault((region_code, prefix), []).append(int(number))
    for (region_code, prefix), numbers in sorted(brought.items()):  # in one order: no deadlock
        known = select(CodeSequence.last).where(
            CodeSequence.region_code == region_code, CodeSequence.prefix == prefix
        )
        last = start = session.scalar(known) or 0
        for brought_number in sorted(numbers):
            if brought_number <= last + FAR_AHEAD:
                last = max(last, brought_number)
        if last > start:
            session.execute(_RAISE, {"region": region_code, "prefix": prefix, "n": last})


def code_prefix(category: Category | None) -> str:
    """The classification part of a code: 类, 项, 目 and 细目; a missing 目 is 000."""
    prefix = category.prefix if category is not None else DEFAULT_PREFIX
    if len(prefix) == 1:
        prefix = f"{prefix}00"
    prefix = prefix if len(prefix) >= 6 else f"{prefix[:3]}000"  # noqa: PLR2004  1 + 2 + 3 digits
    return prefix if PREFIX.fullmatch(prefix) else DEFAULT_PREFIX
