"""What is to become of the entries of a file: found, compared, decided; nothing is written."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy.orm import Session

from catalog.entries.imports.drafts import CODE, SOURCE_CODE, SOURCE_KEY, RecordDraft
from catalog.entries.imports.fitting import checked
from catalog.entries.imports.identifiers import with_new_ids
from catalog.entries.imports.identity import plain_title
from catalog.entries.imports.models import CHANGED, NEW, REFUSED, UNCHANGED
from catalog.entries.imports.surroundings import Known, Placed, Surroundings
from catalog.entries.imports.units import FoundUnit, NotFoundUnit, UnitFinder
from catalog.entries.permissions import IMPORT
from catalog.entries.rules import canonical, with_ids
from portal.kernel.access import Actor
from portal.kernel.errors import Invalid
from portal.kernel.text import Text, _


@dataclass(frozen=True, slots=True)
class Owned:
    """What the access rules look at, for an entry that is not there yet."""

    unit_id: str | None
    region_code: str | None


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to become of one draft.

    `document` is checked and has ids, for new and changed ones, `written` the same as canonical
    text; `mark` and `content` are what is remembered of the row, `link` the content remembered
    before; `code` is kept where it is free. `note` is for people to look at and stops nothing.
    """

    seq: int
    draft: RecordDraft
    outcome: str
    reason: Text | None = None
    unit: FoundUnit | None = None
    known: Known | None = None
    document: dict[str, Any] | None = None
    written: str = ""
    mark: str = ""
    content: str = ""
    link: str | None = None
    code: str | None = None
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class _Taken:
    """Entries and codes that drafts have taken."""

    entries: set[str] = field(default_factory=set)
    codes: set[tuple[str, str]] = field(default_factory=set)
    titles: dict[tuple[str, str], str] = field(default_factory=dict)


@dataclass(slots=True)
class Planner:
    """Decides on drafts, some at a time; an entry taken by one draft is not offered to another.

    `batch_id`: the batch whose written rows count as taken. `pending`: nothing will be written
    (a dry run), and units that wait for confirmation count as if they were entered as new ones.
    """

    actor: Actor
    finder: UnitFinder
    batch_id: str = ""
    pending: bool = False
    _kept: _Taken = field(default_factory=_Taken)
    _allowed: dict[str, bool] = field(default_factory=dict)

    def plan(self, session: Session, drafts: Sequence[tuple[int, RecordDraft]]) -> list[Decision]:
        """One decision for each draft, in their order."""
        taken = self._kept if self.pending else _Taken()
        placed = [Placed(seq, draft, self.finder) for seq, draft in drafts]
        around = Surroundings.of(session, [p for p in placed if p.unit_id], self.batch_id)
        return [self._decide(p, around, taken) for p in placed]

    def _decide(self, placed: Placed, around: Surroundings, taken: _Taken) -> Decision:
        seq, draft, unit = placed.seq, placed.draft, placed.unit
        if isinstance(unit, NotFoundUnit):
            return self._of_nobody(placed, unit)
        if not self._allows(unit):
            return Decision(seq, draft, REFUSED, _not_yours(unit), unit)
        link = around.links.get(placed.mark)
        content = link.content if link else None
        known = _match(placed, unit, around, taken)
        if known is None:
            return _new(placed, content, around, taken)
        taken.entries.add(known.entry_id)
        first = Decision(
            seq,
            draft,
            UNCHANGED,
            unit=unit,
            known=known,
            mark=placed.mark,
            content=placed.content,
            link=content,
        )
        return first if first.link == first.content else _against(placed, first, known)

    def _of_nobody(self, placed: Placed, unit: NotFoundUnit) -> Decision:
        """A draft whose unit we do not have: of a unit that is entered every fit one is new."""
        if not self.pending:
            return Decision(placed.seq, placed.draft, REFUSED, unit.reason)
        try:
            checked(placed.document)
        except Invalid as error:
            return Decision(placed.seq, placed.draft, REFUSED, _first(error))
        return Decision(placed.seq, placed.draft, NEW, unit.reason)

    def _allows(self, unit: FoundUnit) -> bool:
        allowed = self._allowed.get(unit.unit_id)
        if allowed is None:
            allowed = self.actor.may(IMPORT, Owned(unit.unit_id, unit.region_code))
            self._allowed[unit.unit_id] = allowed
        return allowed


def _match(placed: Placed, unit: FoundUnit, around: Surroundings, taken: _Taken) -> Known | None:
    link = around.links.get(placed.mark)
    if link is not None and link.entry_id in around.entries:
        return around.entries[link.entry_id]
    if placed.draft.ordinal:
        return None
    for entry in around.of_unit.get(unit.unit_id, ()):
        free = entry.entry_id not in taken.entries and entry.entry_id not in around.claimed
        if free and _is_same(entry, placed):
            return entry
    return None


def _new(placed: Placed, link: str | None, around: Surroundings, taken: _Taken) -> Decision:
    """A draft that is no entry of ours yet; most are, so its decision is made in one go."""
    draft, document = placed.draft, placed.document
    code = _free_code(placed, around, taken)
    if draft.code and code is None:
        document = {"source_code": draft.code, **document}
    outcome, reason, ready = NEW, None, None
    try:
        ready = with_new_ids(checked(document))
    except Invalid as error:
        outcome, reason = REFUSED, _first(error)
    return Decision(
        placed.seq,
        draft,
        outcome,
        reason=reason,
        unit=placed.found,
        document=ready,
        written=draft.written if ready is draft.document else canonical(ready or {}),
        mark=placed.mark,
        content=placed.content,
        link=link,
        code=code if ready else None,
        note=_double(placed, around, taken) if ready else None,
    )


def _double(placed: Placed, around: Surroundings, taken: _Taken) -> Text | None:
    """A word on another entry of the unit with nearly the same title, written or about to be."""
    place, title = (placed.unit_id, placed.title_norm), placed.draft.title
    others = [taken.titles[place]] if place in taken.titles else []
    taken.titles.setdefault(place, title)
    if placed.draft.doubles:
        return None  # told of the file itself
    known = around.of_unit.get(placed.unit_id, ())
    others += [entry.title for entry in known if entry.title_norm == placed.title_norm]
    if any(plain_title(other) == placed.title for other in others):
        return _("本单位已有同名目录《%(title)s》，可能重复。请核对。", title=title)
    if others:
        return _("本单位已有名称只差标点的目录《%(other)s》，可能重复。请核对。", other=others[0])
    return None


def _free_code(placed: Placed, around: Surroundings, taken: _Taken) -> str | None:
    place = (placed.region_code, placed.draft.code)
    if not placed.draft.code or place in around.used_codes or place in taken.codes:
        return None
    taken.codes.add(place)
    return placed.draft.code


def _is_same(entry: Known, placed: Placed) -> bool:
    """Whether an entry without a remembered row is the one that a draft means."""
    draft = placed.draft
    if draft.key_kind == CODE:
        return entry.code == draft.code or (entry.code is None and _same_title(entry, placed))
    if draft.key_kind == SOURCE_KEY:
        if entry.source_key:
            return entry.source_key == draft.key
        return _same_title(entry, placed)
    if draft.key_kind == SOURCE_CODE:
        stated = json.loads(entry.document).get("source_code")
        return stated == draft.key if stated else _same_title(entry, placed)
    return _same_title(entry, placed)


def _same_title(entry: Known, placed: Placed) -> bool:
    """By what a title says, signs included: “2023.1-2 月” is not “2023.12 月”."""
    return plain_title(entry.title) == placed.title


def _against(placed: Placed, first: Decision, known: Known) -> Decision:
    """The row against the entry as it is: what the row does not state stays."""
    previous = json.loads(known.document)
    try:
        ready = with_ids(checked({**previous, **placed.document}), previous)
    except Invalid as error:
        return replace(first, outcome=REFUSED, reason=_first(error))
    written = canonical(ready)
    if written == known.document:
        return first
    if known.standing == "withdrawn":
        reason = _("这条目录已撤销，不能再修改。需要时请在门户里新建一条。")
        return replace(first, outcome=REFUSED, reason=reason)
    if known.version_status == "bureau_review":
        reason = _("这条目录正在审核，暂不能修改。请在审核结束后重新导入。")
        return replace(first, outcome=REFUSED, reason=reason)
    return replace(first, outcome=CHANGED, document=ready, written=written)


def _not_yours(unit: FoundUnit) -> Text:
    return _("您不能为“%(name)s”导入目录。请由该单位的编目人员或主管部门导入。", name=unit.name)


def _first(error: Invalid) -> Text:
    """The first wrong field of a document, as one sentence."""
    for path, reasons in error.fields.items():
        return _("“%(field)s”：%(reason)s", field=path, reason=reasons[0])
    return error.message
