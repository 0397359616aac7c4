"""What makes entries findable: documents, facets, rows of results, browsing without an index."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from auth.queries import unit_names
from auth.regions import REGIONS
from catalog.entries import codelists as codes
from catalog.entries.documents import count, documents, of_unit, page_ids
from catalog.entries.events import EntryChanged
from catalog.entries.models import EntryItem
from catalog.entries.queries.entries import EntryRow, rows_by_ids
from catalog.entries.queries.lists import browse
from catalog.entries.visibility import tokens
from portal.kernel.access import Actor
from portal.kernel.codes import CodeList
from portal.kernel.text import Text, _
from portal.web.filters import day_words
from search.declarations import DocumentSource, Facet, Following, Row

NO_CYCLE = _("更新周期未注明")
LIGHTS = {"fresh": "ok", "due": "due", "overdue": "over", "unknown": "hold", "none": "done"}


def rows(
    session: Session, actor: Actor, ids: Sequence[str], /, *, brief: bool = False
) -> list[Row]:
    """What the results show of these entries; two statements, one for brief rows."""
    found = rows_by_ids(session, actor, ids)
    if brief:
        return [_brief(row) for row in found]
    items = _items(session, [row.id for row in found])
    return [_row(row, items.get(row.id, ())) for row in found]


def page(session: Session, actor: Actor, number: int, size: int) -> tuple[list[Row], bool]:
    """A page of entries by name, read from the database alone."""
    found = browse(session, actor, page=number, size=size)
    return [_row(row, ()) for row in found.rows], found.has_next


def timely_light(timeliness: str, update_cycle: str | None) -> tuple[str, Text]:
    """The light of an entry and its words; a cycle that is not stated is not the same as none."""
    if timeliness == "none" and update_cycle is None:
        return LIGHTS["unknown"], NO_CYCLE
    return LIGHTS[timeliness], codes.TIMELINESS.values[timeliness]


def _brief(row: EntryRow) -> Row:
    return Row(
        id=row.id,
        title=row.title,
        path=f"/catalog/entries/{row.id}",
        unit=row.unit_name,
        code=row.code or "",
        abstract=row.abstract or "",
    )


def _row(row: EntryRow, items: Sequence[str]) -> Row:
    tags: list[Text | str] = []
    if row.standing != "published":
        tags.append(_("未发布"))
    for code_list, key in ((codes.OPEN_TYPES, row.open_type), (codes.SHARE_TYPES, row.share_type)):
        if key:
            tags.append(code_list.values[key])
    tags += [name.upper() for name in row.formats[:6]]
    cycle = codes.UPDATE_CYCLES.values.get(row.update_cycle or "")
    timely = row.timeliness
    light, words = timely_light(timely, row.update_cycle)
    return replace(
        _brief(row),
        facts=(_("%(cycle)s更新", cycle=cycle),) if cycle and timely != "none" else (),
        items=tuple(items),
        tags=tuple(tags),
        state=light,
        state_words=words,
        state_at=row.data_updated_at,
        state_at_words=_("%(day)s更新", day=day_words(row.data_updated_at))
        if row.data_updated_at
        else "",
    )


_ITEMS = (
    select(EntryItem.entry_id, EntryItem.name)
    .where(EntryItem.entry_id.in_(bindparam("ids", expanding=True)))
    .order_by(EntryItem.entry_id, EntryItem.position)
)


def _items(session: Session, ids: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    if ids:
        for entry_id, name in session.execute(_ITEMS, {"ids": ids}):
            found.setdefault(entry_id, []).append(name)
    return found


def _coded(code_list: CodeList) -> Facet:
    return Facet(
        code_list.key,
        code_list.label,
        lambda _session, values: {v: code_list.values[v] for v in values if v in code_list.values},
        order=tuple(code_list.values),
    )


def _units(session: Session, values: Sequence[str]) -> Mapping[str, Text | str]:
    return dict(unit_names(session, values))


def _categories(_session: Session, values: Sequence[str]) -> Mapping[str, Text | str]:
    return {value: value.rpartition("/")[2] for value in values}


def _regions(_session: Session, values: Sequence[str]) -> Mapping[str, Text | str]:
    return {region.code: region.name for region in REGIONS if region.code in values}


def _formats(_session: Session, values: Sequence[str]) -> Mapping[str, Text | str]:
    named = codes.RESOURCE_KINDS.values
    return {value: named.get(value, value.upper()) for value in values}


SOURCE = DocumentSource(
    kind="entry",
    label=_("数据目录"),
    documents=documents,
    ids=page_ids,
    count=count,
    follows=(Following(EntryChanged.name), Following("unit.renamed", of_unit)),
    tokens=tokens,
    rows=rows,
    browse=page,
    facets=(
        Facet("unit", _("提供单位"), _units),
        _coded(codes.OPEN_TYPES),
        _coded(codes.SHARE_TYPES),
        Facet("format", _("资源格式"), _formats),
        _coded(codes.UPDATE_CYCLES),
        _coded(codes.THEMES),
        Facet("category", _("信息资源分类"), _categories, open=False),
        Facet("region", _("区域"), _regions, open=False),
        _coded(codes.TIMELINESS),
    ),
    ways=((_("按分类浏览"), "entries.categories"), (_("按单位浏览"), "departments.units")),
)
