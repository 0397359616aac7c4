"""Which column is which field: by the label, and by its values where the label does not tell."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Protocol

from catalog.entries.imports import vocabulary
from catalog.entries.imports.fields import FIELDS, LATEST, MANY
from catalog.entries.imports.readers.source import Column
from catalog.entries.imports.recognition import DEFAULT_JUDGE
from portal.kernel.errors import Invalid
from portal.kernel.text import _

_SEVERAL = frozenset({"open_type", "open_condition", "unit_alias", "secret", "items.secret"})
_PROOF, _SURE = 0.5, 0.8
_CLEARLY_WEAKER = 0.2
_MOST_TOLD = 40


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """One column of the file and the field it fills; None when it fills none."""

    source: str
    field: str | None
    confidence: float
    group: str = ""


class Judge(Protocol):
    """Tells from the values of a column what it may hold; a better one can be put in its place."""

    def share(self, field: str, values: Sequence[Any], label: str) -> float:
        """Which part of the values, 0 to 1, looks like this field."""

    def guess(self, label: str, values: Sequence[Any]) -> tuple[str, float] | None:
        """The field that the values alone suggest, with a confidence below 1."""


def propose(
    columns: Sequence[Column],
    samples: Mapping[str, Sequence[Any]],
    *,
    overrides: Mapping[str, str] | None = None,
    judge: Judge = DEFAULT_JUDGE,
) -> tuple[ColumnMapping, ...]:
    """A field for each column that has one; `overrides` name source and field and win.

    `samples` holds some values of each column that are not empty.
    Raises Invalid for an override that names an unknown column or field.
    """
    chosen = resolved([column.name for column in columns], overrides or {})
    proposals = [
        ColumnMapping(column.name, chosen[column.name], 1.0, column.group)
        if column.name in chosen
        else _by_label(column, samples.get(column.name, ()), judge)
        for column in columns
    ]
    settled = _with_creation(_without_rivals(proposals, frozenset(chosen)), frozenset(chosen))
    return _by_values(settled, samples, judge, frozenset(chosen))


def _by_label(column: Column, values: Sequence[Any], judge: Judge) -> ColumnMapping:
    unmapped = ColumnMapping(column.name, None, 0.0, column.group)
    meaning = vocabulary.meaning(column.name, column.group)
    if meaning is None:
        return unmapped
    if not meaning.fields:
        return replace(unmapped, confidence=meaning.confidence)
    if meaning.settled or not values:
        return replace(unmapped, field=meaning.fields[0], confidence=meaning.confidence)
    shares = [(judge.share(field, values, column.name), field) for field in meaning.fields]
    sure = [pair for pair in shares if pair[0] >= _SURE]
    best, field = sure[0] if sure else max(shares, key=lambda pair: pair[0])
    if best >= _PROOF:
        return replace(unmapped, field=field, confidence=round(meaning.confidence * best, 2))
    if len(meaning.fields) > 1:
        field = meaning.fields[0]
        return replace(unmapped, field=field, confidence=0.5)
    return unmapped


def resolved(names: Sequence[str], overrides: Mapping[str, str]) -> dict[str, str | None]:
    """What is asked for, by the columns' own names; an empty field leaves a column out.

    Raises Invalid for a column that the file does not have and for an unknown field.
    """
    exact = {name: name for name in names}
    plain = {vocabulary.plain_label(name): name for name in names}
    chosen: dict[str, str | None] = {}
    for source, field in overrides.items():
        name = exact.get(source) or plain.get(vocabulary.plain_label(source))
        if name is None:
            raise Invalid(
                _(
                    "文件里没有名为“%(name)s”的列。认出的列：%(known)s。",
                    name=source,
                    known="、".join(told(exact)) or _("没有"),
                )
            )
        if field and field not in FIELDS:
            near = difflib.get_close_matches(field, FIELDS, n=5, cutoff=0.4) or sorted(FIELDS)
            raise Invalid(
                _(
                    "没有名为“%(name)s”的字段。相近的字段：%(known)s。",
                    name=field,
                    known="、".join(near),
                )
            )
        chosen[name] = field or None
    return chosen


def told(names: Iterable[str]) -> list[str]:
    """Those of the labels that are known: any other may be what a file without header holds."""
    known = (vocabulary.plain_label(name) for name in names if vocabulary.is_known(name))
    return list(islice(known, _MOST_TOLD))


def _with_creation(
    proposals: Sequence[ColumnMapping], fixed: frozenset[str]
) -> list[ColumnMapping]:
    """Beside a day of issue and with none of an update, a day of creation tells which is which."""
    fields = {proposal.field for proposal in proposals}
    if "issued_on" not in fields or fields & {"data_updated_at", "created_on"}:
        return list(proposals)
    created = next((p for p in proposals if _is_creation(p) and p.source not in fixed), None)
    return [
        replace(p, field="created_on", confidence=0.6) if p is created else p for p in proposals
    ]


def _is_creation(proposal: ColumnMapping) -> bool:
    found = vocabulary.meaning(proposal.source, proposal.group)
    return proposal.field is None and found is not None and found.is_creation


def _takes_several(field: str) -> bool:
    return field in _SEVERAL or FIELDS[field].holds in (MANY, LATEST)


def _without_rivals(
    proposals: Sequence[ColumnMapping], fixed: frozenset[str]
) -> list[ColumnMapping]:
    """Of several columns for a field that takes one, the surest stays; the first among equals."""
    best: dict[str, ColumnMapping] = {}
    for proposal in proposals:
        if proposal.field and not _takes_several(proposal.field):
            rival = best.get(proposal.field)
            if rival is None or _strength(proposal, fixed) > _strength(rival, fixed):
                best[proposal.field] = proposal
    return [
        proposal
        if proposal.source in fixed or _holds_out(proposal, best, proposals)
        else replace(proposal, field=None, confidence=0.0)
        for proposal in proposals
    ]


def _holds_out(
    proposal: ColumnMapping, best: Mapping[str, ColumnMapping], all_: Sequence[ColumnMapping]
) -> bool:
    if not proposal.field:
        return True
    if FIELDS[proposal.field].holds == LATEST:
        surest = max(other.confidence for other in all_ if other.field == proposal.field)
        return surest - proposal.confidence < _CLEARLY_WEAKER
    return _takes_several(proposal.field) or best[proposal.field] is proposal


def _strength(proposal: ColumnMapping, fixed: frozenset[str]) -> float:
    return proposal.confidence + (proposal.source in fixed)


def _by_values(
    proposals: Sequence[ColumnMapping],
    samples: Mapping[str, Sequence[Any]],
    judge: Judge,
    fixed: frozenset[str],
) -> tuple[ColumnMapping, ...]:
    """What is still open is judged by its values, for fields that no column has yet."""
    taken = {proposal.field for proposal in proposals if proposal.field}
    found: list[ColumnMapping] = []
    for proposal in proposals:
        open_ = proposal.field is None and proposal.confidence == 0 and proposal.source not in fixed
        values = samples.get(proposal.source, ())
        guess = judge.guess(proposal.source, values) if open_ and values else None
        if guess and (guess[0] not in taken or _takes_several(guess[0])):
            found.append(replace(proposal, field=guess[0], confidence=round(guess[1], 2)))
            taken.add(guess[0])
        elif guess and guess[0] == "unit":
            found.append(replace(proposal, field="unit_alias", confidence=round(guess[1], 2)))
        else:
            found.append(proposal if proposal.field else replace(proposal, confidence=0.0))
    return tuple(found)
