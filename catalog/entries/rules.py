"""Pure rules of entries: canonical form, identifiers, time, who sees what, what blocks."""

import hashlib
import json
import re
import unicodedata
import uuid
from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from catalog.entries.vocabulary import CLASS_WORD, CLASSES, GROUPS
from portal.kernel import clock
from portal.kernel.text import Text, _

Document = Mapping[str, Any]

# 编制指南: 类 1 digit, 项 2, 目 3, 细目 of any length; then a sequence number after a slash.
CODE = re.compile(r"[1-3]\d{2}\d{3}[0-9A-Z]{0,10}/\d{6}")
PREFIX = re.compile(r"[1-3]\d{2}\d{3}[0-9A-Z]{0,10}")

_UNREADABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff"
    "\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]"  # seen by nobody
)
_SIGNS = re.compile(r"[\W_]+")
_NUMBERED = re.compile(r"\d+[-.、:/]*")
_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))

SEPARATOR = "/"  # between the names of a category path

_DAYS = {"realtime": 0, "daily": 1, "weekly": 7}
_MONTHS = {"monthly": 1, "quarterly": 3, "halfyear": 6, "yearly": 12, "biennial": 24}
REALTIME_LAG = timedelta(seconds=300)
GRACE_SHARE = 0.1
SOON_SHARE = 0.1
CONFIRM_AFTER = timedelta(days=365)
FIRST_YEAR, LAST_YEAR = 1000, 2999


def readable(text: str) -> str:
    """A text without what nobody can read or write: control and unseen signs, half characters.

    Databases and feeds take none of them, and who pastes one does not see it.
    """
    return _UNREADABLE.sub("", text)


def canonical(document: Document) -> str:
    """The one way to write a document down: sorted keys, no blanks, Chinese as it is."""
    return _CANONICAL.encode(document)


def fingerprint(canonical_text: str) -> str:
    """SHA-256 of a canonical document, as hex."""
    return hashlib.sha256(canonical_text.encode()).hexdigest()


def normalised_title(title: str) -> str:
    """A title for comparison: width, case, blanks and punctuation make no difference."""
    folded = unicodedata.normalize("NFKC", title).casefold()
    return _SIGNS.sub("", folded)


def category_path(names: Sequence[str]) -> list[str]:
    """A path of categories with its upper two levels as the guide writes them.

    Numbers in front, another width of brackets, blanks and the word 类 make no other category;
    deeper levels and those that the guide does not know stay as given.
    """
    path = list(names)
    if path:
        path[0] = _official(tuple(CLASSES)).get(_bare(path[0]), path[0])
    if len(path) > 1:
        path[1] = _official(GROUPS.get(path[0], ())).get(_bare(path[1]), path[1])
    return path


@cache
def _official(names: tuple[str, ...]) -> dict[str, str]:
    return {_bare(name): name for name in names}


def _bare(name: str) -> str:
    folded = "".join(unicodedata.normalize("NFKC", name).split())
    return _NUMBERED.sub("", folded).removesuffix(CLASS_WORD)


def with_ids(document: dict[str, Any], previous: Document | None = None) -> dict[str, Any]:
    """Every item and resource with an id: its own if the previous document has it, else a new one.

    Those known by name or address keep theirs; an id that the previous document does not have is
    replaced, for it might be another entry's.
    """
    return {
        **document,
        **{
            part: list(_identified(document[part], (previous or {}).get(part, ()), key))
            for part, key in (("items", _item_key), ("resources", _resource_key))
            if document.get(part)
        },
    }


def _item_key(item: Document) -> tuple[str, ...]:
    name = "".join(unicodedata.normalize("NFKC", str(item.get("name", ""))).split())
    return (str(item.get("field") or "").casefold(), name.casefold())  # signs tell items apart


def _resource_key(resource: Document) -> tuple[str, ...]:
    place = resource.get("address") or resource.get("table") or resource.get("name") or ""
    return (str(resource.get("kind")), str(resource.get("format") or ""), str(place))


def _identified(rows: list[Document], known: Any, key: Any) -> Iterator[dict[str, Any]]:
    ours = {row["id"] for row in known if row.get("id")}
    kept = {row["id"] for row in rows if row.get("id") in ours}
    free: dict[tuple[str, ...], list[str]] = {}
    for row in known:
        if row.get("id") and row["id"] not in kept:
            free.setdefault(key(row), []).append(row["id"])
    for row in rows:
        if row.get("id") in kept:
            kept.discard(row["id"])  # an id sent twice names one row only
            yield dict(row)
            continue
        matching = free.get(key(row)) if free else None
        yield {**row, "id": matching.pop(0) if matching else str(uuid.uuid4())}


@dataclass(frozen=True, slots=True)
class Due:
    """When an entry should be watched and when it is overdue; None where no period is definite."""

    soon_at: datetime | None
    overdue_at: datetime | None


def due(update_cycle: str | None, data_updated_at: datetime | None) -> Due:
    """The moments that follow from cycle and last update; from a week on 10 % are grace."""
    if data_updated_at is None or not has_period(update_cycle):
        return Due(None, None)
    if update_cycle == "realtime":
        return Due(data_updated_at + REALTIME_LAG, data_updated_at + REALTIME_LAG)
    end = _after(data_updated_at, str(update_cycle))
    period = end - data_updated_at
    if update_cycle == "daily":
        return Due(end, end)
    return Due(end - period * SOON_SHARE, end + period * GRACE_SHARE)


def has_period(update_cycle: str | None) -> bool:
    """Whether the cycle says when the next update is due."""
    return update_cycle in _DAYS or update_cycle in _MONTHS


def timeliness(
    update_cycle: str | None, soon_at: datetime | None, overdue_at: datetime | None, now: datetime
) -> str:
    """fresh, due, overdue, unknown or none; see `codelists.TIMELINESS`."""
    if not has_period(update_cycle):
        return "none"
    if soon_at is None or overdue_at is None:
        return "unknown"
    if now > overdue_at:
        return "overdue"
    return "due" if now >= soon_at else "fresh"


def _after(start: datetime, cycle: str) -> datetime:
    if cycle in _DAYS:
        return start + timedelta(days=_DAYS[cycle])
    local = clock.local(start)
    month = local.month - 1 + _MONTHS[cycle]
    year, month = local.year + month // 12, month % 12 + 1
    moved = local.replace(year=year, month=month, day=min(local.day, monthrange(year, month)[1]))
    return moved.astimezone(start.tzinfo)


def moment_of(value: str | None) -> datetime | None:
    """The moment of a document's day or moment; a day is its end in the city.

    None for what is no date, and for years that are far off: nobody reckons with them.
    """
    if not value:
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        return None
    if len(value) == 10:  # noqa: PLR2004  a day and no time
        return clock.day_end(found.date()).replace(microsecond=0)
    return found if found.tzinfo else found.replace(tzinfo=clock.CITY_ZONE)


def audience(
    *, standing: str, open_type: str | None, unit_id: str, region_code: str
) -> tuple[str, ...]:
    """Who may find an entry; empty for suspended and withdrawn ones, which leave search."""
    if standing == "published":
        return ("government",) if open_type == "withheld" else ("public", "government")
    if standing == "unpublished":
        return (f"unit:{unit_id}", "review", f"review:{region_code}")
    return ()


def objections(document: Document) -> list[tuple[str, Text]]:
    """What forbids publication, as (field path, sentence that names the rule)."""
    found: list[tuple[str, Text]] = []
    if document.get("open_type") in ("unconditional", "conditional"):
        found += [
            (
                f"items.{index}.masking",
                _(
                    "信息项“%(name)s”是敏感项，没有脱敏规则。"
                    "先设定规则，或选择不予开放（规则 CAT-07）。",
                    name=item.get("name", ""),
                ),
            )
            for index, item in enumerate(document.get("items", ()))
            if item.get("sensitive") and not item.get("masking")
        ]
    order = {"unconditional": 0, "conditional": 1, "withheld": 2}
    loosest = order.get(str(document.get("share_type")), 0)
    found += [
        (
            f"items.{index}.share_type",
            _("信息项“%(name)s”的共享类型不能比目录宽松。", name=item.get("name", "")),
        )
        for index, item in enumerate(document.get("items", ()))
        if order.get(str(item.get("share_type")), loosest) < loosest
    ]
    return found


def advice(document: Document) -> list[tuple[str, Text]]:
    """What the guide asks for and the document does not state; it warns and does not block."""
    found = [
        (key, _("没有填写“%(field)s”。", field=label))
        for key, label in _ASKED.items()
        if not document.get(key)
    ]
    if document.get("share_type") in ("conditional", "withheld") and not document.get(
        "share_basis"
    ):
        found.append(
            ("share_basis", _("有条件或不予共享应注明法律、法规、规章依据（规则 CAT-03）。"))
        )
    if document.get("share_type") == "withheld" and document.get("share_basis_level") in (
        "local_regulation",
        "rule",
        "other",
    ):
        found.append(
            (
                "share_basis_level",
                _("不予共享应以法律、行政法规或国务院决定为依据（规则 CAT-04）。"),
            )
        )
    if document.get("share_type") == "conditional" and not document.get("share_condition"):
        found.append(("share_condition", _("有条件共享应写明共享条件和使用要求（规则 CAT-05）。")))
    if document.get("update_cycle") == "other" and not document.get("update_cycle_note"):
        found.append(("update_cycle_note", _("更新周期选“其他”时应说明。")))
    return found


_ASKED: Mapping[str, Text] = {
    "abstract": _("信息资源摘要"),
    "category": _("信息资源分类"),
    "format_class": _("信息资源格式分类"),
    "share_type": _("共享类型"),
    "open_type": _("开放类型"),
    "update_cycle": _("更新周期"),
    "security_level": _("安全等级"),
}
