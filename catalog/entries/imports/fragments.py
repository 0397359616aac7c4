"""What the rows of one entry say, as far as they have been read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from catalog.entries.imports import vocabulary
from catalog.entries.imports.building import EntryBuilder
from catalog.entries.imports.cells import LONGEST_KEPT, Cells, values_of
from catalog.entries.imports.drafts import Owner
from catalog.entries.rules import CODE


@dataclass(slots=True)
class Fragment:
    """What one row, or the rows of one entry with its items, say."""

    rows: list[int]
    builder: EntryBuilder
    cells: Mapping[str, Any]
    owner: Owner = field(default_factory=Owner)
    code: str = ""
    kept: dict[str, str] = field(default_factory=dict)
    refused_items: int = 0


def keep_unread(fragment: Fragment, unread: Iterable[tuple[str, str]]) -> None:
    """What was said and is in no field stays with the row, as it was said."""
    for name, text in unread:
        before = fragment.kept.get(name)
        if text and before is None:
            fragment.kept[name] = text
        elif text and before is not None and text not in before.splitlines():
            fragment.kept[name] = f"{before}\n{text}"[:LONGEST_KEPT]


def settle_dates(fragment: Fragment, cells: Cells) -> None:
    """Of a day of creation and a later one of issue, with none of an update, the later is that."""
    created = values_of(cells.row).get("created_on")
    values = fragment.builder.values
    issued = values.get("issued_on")
    if not created or "data_updated_at" in values:
        return
    if issued is None or created < issued:
        values["issued_on"] = created
    if issued is not None and created < issued:
        values["data_updated_at"] = issued


def keep_beside(fragment: Fragment, name: str, value: Any) -> None:
    """A code of the guide's form and the names of other providers are no part of the document."""
    if not value:
        return
    if name == "providers":
        fragment.kept[name] = "\n".join(value)
        return
    upper = vocabulary.folded(value).upper()
    if CODE.fullmatch(upper):
        fragment.code = upper
    else:
        fragment.builder.values.setdefault("source_code", value)


def take_item_share_type(fragment: Fragment, item: dict[str, Any], cells: Cells) -> None:
    """In forms with item rows the share type of a row is that of its item."""
    stated = fragment.builder.values.get("share_condition")
    for column, reading in cells.entry:
        if column.name == "share_type" and reading.value:
            item.setdefault("share_type", reading.value)
        if column.name == "share_condition" and reading.value not in (None, stated):
            item.setdefault("note", reading.value)
