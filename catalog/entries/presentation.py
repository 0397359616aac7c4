"""What the pages of an entry show, as plain values: facts, tags, lines of versions and steps."""

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from markupsafe import Markup, escape

from catalog.entries import codelists as codes
from catalog.entries.differences import Difference, RowChange, compared, words
from catalog.entries.fields import BY_NAME, PART_FIELDS, PART_LABELS, SECTIONS, Field
from catalog.entries.models import Entry
from catalog.entries.queries.entries import EntryView, VersionRow
from catalog.entries.workflow import STANDING_WORKFLOW, VERSION_WORKFLOW
from portal.kernel.access import SYSTEM
from portal.kernel.text import Text, _
from portal.kernel.transitions import TransitionRow
from portal.web.filters import day, day_full, moment
from portal.web.pages import content, path

Pairs = list[tuple[Any, Any]]
WORKFLOWS = {w.key: w for w in (VERSION_WORKFLOW, STANDING_WORKFLOW)}
WRITTEN = frozenset(
    {"text", "long", "list", "lines", "path"}
)  # kinds whose words are the department's own
SHOWN_ELSEWHERE = {"title", "abstract"}


def metadata(
    document: Mapping[str, Any], extra: Mapping[str, Pairs] | None = None
) -> list[tuple[Text, Pairs]]:
    """The stated fields by section; `extra` puts pairs in front of a section's own."""
    found = []
    for section in SECTIONS:
        pairs: Pairs = list((extra or {}).get(section.key, ()))
        for field in section.fields:
            head, _dot, tail = field.name.partition(".")
            value = (document.get(head) or {}).get(tail) if tail else document.get(head)
            if field.name not in SHOWN_ELSEWHERE and value not in (None, "", [], {}):
                told = words(value, field)
                pairs.append((field.label, content(told) if field.kind in WRITTEN else told))
        if pairs:
            found.append((section.label, pairs))
    return found


def own_facts(view: EntryView) -> Mapping[str, Pairs]:
    """What the entry's columns add to the document's fields."""
    entry = view.entry
    units = [
        link(path("departments.unit", unit_id=unit_id), content(name))
        for unit_id, name in view.provider_names.items()
    ]
    related = [
        link(path("entries.detail", entry_id=entry_id), content(title))
        for entry_id, title in view.related.values()
    ]
    return {
        "basic": [
            (_("信息资源代码"), entry.code),
            (
                _("信息资源提供方"),
                link(path("departments.unit", unit_id=entry.unit_id), content(view.unit_name)),
            ),
            (_("信息资源提供方代码"), view.unit_code),
            *([(_("其他提供单位"), joined(units))] if units else []),
            *([(_("相关目录"), joined(related))] if related else []),
        ],
        "time": [
            *([] if view.document.get("issued_on") else [_published_on(entry)]),
            (_("本门户首次发布"), moment(entry.first_published_at)),
            (_("目录信息更新"), moment(entry.metadata_changed_at)),
        ],
    }


def _published_on(entry: Entry) -> tuple[Text, str]:
    """The day of publication is set by the portal where the department states none (guide, 12)."""
    return BY_NAME["issued_on"].label, day(entry.first_published_at)


def link(href: str, words: object) -> Markup:
    """A link as a value among facts."""
    return Markup('<a href="{}">{}</a>').format(href, words)


def joined(links: Sequence[Markup]) -> Markup:
    """Several links as one value."""
    return escape(_("、")).join(links)


def stated(rows: Sequence[Any], *names: str) -> frozenset[str]:
    """The columns that at least one row fills; the others are left out of a table."""
    return frozenset(
        name for name in names if any(getattr(row, name) not in (None, "") for row in rows)
    )


def tags(view: EntryView) -> list[tuple[Any, str]]:
    """State and classes under the title."""
    entry = view.entry
    state = STANDING_WORKFLOW.state(entry.standing)
    found: list[tuple[Any, str]] = [(state.label, state.kind)]
    for code_list, key in (
        (codes.SHARE_TYPES, entry.share_type),
        (codes.OPEN_TYPES, entry.open_type),
        (codes.UPDATE_CYCLES, entry.update_cycle),
        (codes.SECURITY_LEVELS, entry.security_level),
    ):
        if key:
            found.append((code_list.name(key), "fill"))
    return found


def version_lines(view: EntryView, rows: Sequence[VersionRow]) -> list[dict[str, Any]]:
    """The versions as a timeline, each with its page and its difference to the one before."""
    entry_id = view.entry.id
    lines = []
    for row, former in zip_longest(
        rows, rows[1:]
    ):  # the version before may not be for this visitor
        links = [(_("查看"), path("entries.version", entry_id=entry_id, number=row.number))]
        if former is not None:
            links.append(
                (
                    _("与第 %(n)s 版对比", n=former.number),
                    path(
                        "entries.differences", entry_id=entry_id, old=former.number, new=row.number
                    ),
                )
            )
        at = row.decided_at or row.saved_at
        lines.append(
            {
                "who": _("第 %(n)s 版", n=row.number),
                "what": VERSION_WORKFLOW.state(row.status).label,
                "at": at.isoformat(),
                "at_words": day_full(at),
                "note": content(row.summary) if row.summary else person(row.created_by_name),
                "now": row.status == "published",
                "links": links,
            }
        )
    return lines


def person(name: str) -> Text | Markup | str:
    """A person's name; the product itself has a word in both languages."""
    return _("系统") if name == SYSTEM.name else content(name)


def step_lines(steps: Sequence[TransitionRow]) -> list[dict[str, Any]]:
    """The steps of the workflows as a timeline, newest first."""
    lines = []
    for step in steps:
        workflow = WORKFLOWS[step.workflow]
        transition = workflow.transition(step.transition)
        lines.append(
            {
                "who": person(step.actor_name),
                "what": transition.label if transition else step.transition,
                "at": step.at.isoformat(),
                "at_words": moment(step.at),
                "note": content(step.comment),
                "now": False,
            }
        )
    return lines


def contents(view: EntryView, *, has_work: bool) -> list[dict[str, Any]]:
    """The contents of the entry's page; `has_work` when there is something to do or to tell."""
    found: list[dict[str, Any]] = [
        {"label": _("概况"), "href": "#about"},
        {"label": _("数据资源"), "href": "#resources", "note": len(view.resources)},
        {"label": _("信息项"), "href": "#items", "note": len(view.items)},
        {"label": _("全部元数据"), "href": "#metadata"},
        {"label": _("版本"), "href": "#versions"},
        {"label": _("引用"), "href": "#cite"},
    ]
    if has_work:
        found.append({"label": _("办理"), "href": "#work"})
    return found


def category_links(category: Sequence[str]) -> list[tuple[str, str]]:
    """The crumbs of a category path; each opens the search narrowed to it."""
    return [
        (name, path("search.find", category="/".join(category[: depth + 1])))
        for depth, name in enumerate(category[:4])
    ]


def parts(document: Mapping[str, Any]) -> list[tuple[Text, list[str], list[list[str]]]]:
    """Items and resources of any version as tables of words: title, heads, rows."""
    found = []
    for part, fields in PART_FIELDS.items():
        rows = document.get(part, ())
        stated = [f for f in fields if any(row.get(f.name) not in (None, "", []) for row in rows)]
        if rows:
            cells = [[_cell(row.get(f.name), f) for f in stated] for row in rows]
            found.append((PART_LABELS[part], [str(f.label) for f in stated], cells))
    return found


def _cell(value: Any, field: Field) -> str:
    """A format is written as on the entry's page, however it was typed."""
    told = words(value, field)
    return told.upper() if field.name == "format" else told


def difference_tables(found: Difference) -> list[tuple[Text, Text | None, list[dict[str, Any]]]]:
    """A difference as tables for the diff macro: title, note, rows of label, kind, old and new."""
    tables: list[tuple[Text, Text | None, list[dict[str, Any]]]] = []
    if found.fields:
        rows = [_diff_row(c.label, c.kind, c.old, c.new) for c in found.fields]
        tables.append((_("元数据"), _("%(n)s 项未变", n=found.unchanged), rows))
    for label, changes in (
        (PART_LABELS["items"], found.items),
        (PART_LABELS["resources"], found.resources),
    ):
        rows = [
            _diff_row(
                content(change.name), change.kind, _joined(change, "old"), _joined(change, "new")
            )
            for change in changes
        ]
        if rows:
            tables.append((label, None, rows))
    return tables


def _diff_row(label: Any, kind: str, old: str, new: str) -> dict[str, Any]:
    mark = {"added": "add", "removed": "cut", "changed": "mod"}[kind]
    before, after = compared(old, new)
    return {"label": label, "kind": mark, "old": before, "new": after}


def _joined(change: RowChange, side: str) -> str:
    pairs = [(c.label, getattr(c, side)) for c in change.changes if getattr(c, side)]
    return " · ".join(f"{label} {value}" for label, value in pairs)


def workflow_steps(version: Any) -> list[dict[str, Any]]:
    """The way of a version through its review, as steps done, current and ahead."""
    order = ["draft", "bureau_review", "published"]
    at = order.index(version.status) if version.status in order else 0
    return [
        {
            "label": VERSION_WORKFLOW.state(key).label,
            "state": "done" if n < at else "current" if n == at else "ahead",
        }
        for n, key in enumerate(order)
    ]
