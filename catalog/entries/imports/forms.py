"""Writes the official catalog form: blank for departments, filled for trials."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.entries.imports import vocabulary_form as form

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

HEADING_ROW, GROUP_ROW, LABEL_ROW, FIRST_ROW = 0, 1, 2, 3
_LAST_ROW = 1_048_575
MERGED, REPEATED, BLANK = "merged", "repeated", "blank"


@dataclass(frozen=True, slots=True)
class FormEntry:
    """One entry as somebody would fill it in: texts by field, its levels, its items by field."""

    cells: Mapping[str, Any]
    levels: Sequence[str] = ()
    items: Sequence[Mapping[str, Any]] = field(default=({},))


@dataclass(frozen=True, slots=True)
class _Column:
    place: int
    group: str
    label: str
    name: str
    required: bool
    of_entry: bool


def write_blank_form(path: Path, unit_names: Sequence[str], *, categories: bool = True) -> None:
    """The form with its lists, ready to be filled in.

    `unit_names` fill the list of providers; `categories` adds the 26 category columns.
    """
    write_filled_form(path, unit_names, (), categories=categories)


def write_filled_form(
    path: Path,
    unit_names: Sequence[str],
    entries: Sequence[FormEntry],
    *,
    layout: str = MERGED,
    categories: bool = True,
) -> None:
    """The form with entries in it; items take a row each.

    `layout`: the cells of an entry are merged over its rows, repeated, or left blank below
    the first.
    """
    import xlsxwriter  # noqa: PLC0415  start-up time

    with xlsxwriter.Workbook(
        str(path), {"strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        sheet = book.add_worksheet(form.SHEET)
        columns = _columns(categories=categories)
        _write_header(book, sheet, columns)
        lists = _write_dictionary(book, unit_names)
        _add_validations(sheet, columns, lists)
        plain = book.add_format({"valign": "vcenter", "text_wrap": True})
        _write_entries(sheet, columns, entries, layout=layout, plain=plain)


def _columns(*, categories: bool) -> tuple[_Column, ...]:
    levels = form.LEVELS if categories else ()
    found = [
        _Column(place, form.CATEGORY_GROUP, label, f"level{place}", place < 2, True)  # noqa: PLR2004
        for place, label in enumerate(levels)
    ]
    for group, label, name, required, of_entry in form.COLUMNS:
        found.append(_Column(len(found), group, label, name, required, of_entry))
    return tuple(found)


def _write_header(book: "Workbook", sheet: "Worksheet", columns: Sequence[_Column]) -> None:
    heading = book.add_format(
        {"bold": True, "font_size": 16, "align": "center", "valign": "vcenter"}
    )
    style = {"bold": True, "align": "center", "valign": "vcenter", "text_wrap": True, "border": 1}
    required = book.add_format({**style, "bg_color": "#FCE4D6"})
    optional = book.add_format({**style, "bg_color": "#DDEBF7"})
    group_style = book.add_format({**style, "bg_color": "#EDEDED"})
    sheet.merge_range(HEADING_ROW, 0, HEADING_ROW, columns[-1].place, form.HEADING, heading)
    for column in columns:
        mark = form.REQUIRED if column.required else form.OPTIONAL
        text = f"{column.label}\n{mark}"
        chosen = required if column.required else optional
        if column.group:
            sheet.write_string(LABEL_ROW, column.place, text, chosen)
        else:
            sheet.merge_range(GROUP_ROW, column.place, LABEL_ROW, column.place, text, chosen)
        sheet.set_column(column.place, column.place, 24 if column.name == "abstract" else 14)
    for first, last, name in _groups(columns):
        sheet.merge_range(GROUP_ROW, first, GROUP_ROW, last, name, group_style)
    sheet.set_row(LABEL_ROW, 46)
    sheet.freeze_panes(FIRST_ROW, 0)


def _groups(columns: Sequence[_Column]) -> list[tuple[int, int, str]]:
    """First and last column of each group that has more than one."""
    found: list[tuple[int, int, str]] = []
    for column in columns:
        if column.group and found and found[-1][2] == column.group:
            found[-1] = (found[-1][0], column.place, column.group)
        elif column.group:
            found.append((column.place, column.place, column.group))
    return found


def _write_dictionary(book: "Workbook", unit_names: Sequence[str]) -> dict[str, str]:
    """The sheet of lists; returns the reference of each by its name."""
    sheet = book.add_worksheet(form.DICTIONARY)
    bold = book.add_format({"bold": True})
    lists = {"unit": list(unit_names), **form.FORMATS, **form.SHARE_MODES}
    references = {}
    for place, (name, values) in enumerate(lists.items()):
        title = form.PROVIDERS if name == "unit" else name
        sheet.write_string(0, place, title, bold)
        for row, value in enumerate(values, start=1):
            sheet.write_string(row, place, value)
        letter = chr(ord("A") + place)
        reference = f"={form.DICTIONARY}!${letter}$2:${letter}${max(len(values), 1) + 1}"
        references[name] = reference
        if name != "unit":
            book.define_name(name, reference)
        sheet.set_column(place, place, 22 if name == "unit" else 12)
    return references


def _add_validations(
    sheet: "Worksheet", columns: Sequence[_Column], lists: Mapping[str, str]
) -> None:
    fixed: dict[str, Sequence[str]] = {
        "format_class": tuple(form.FORMATS),
        "share_mode": tuple(form.SHARE_MODES),
        "share_type": form.SHARE_TYPES,
        "open_type": form.YES_NO,
        "update_cycle": form.CYCLES,
        "items.type": form.ITEM_TYPES,
    }
    depends = {"format_details": "format_class", "share_mode_types": "share_mode"}
    places = {column.name: column.place for column in columns}
    for column in columns:
        rule: dict[str, Any] | None = None
        if column.name in fixed:
            rule = {"validate": "list", "source": list(fixed[column.name])}
        elif column.name == "unit":
            rule = {"validate": "list", "source": lists["unit"], "error_type": "warning"}
        elif column.name in depends:
            letter = _letters(places[depends[column.name]])
            source = f"=INDIRECT(${letter}{FIRST_ROW + 1})"
            rule = {"validate": "list", "source": source, "error_type": "warning"}
        elif column.name.startswith("volume."):
            rule = {"validate": "decimal", "criteria": ">=", "value": 0}
        if rule:
            sheet.data_validation(FIRST_ROW, column.place, _LAST_ROW, column.place, rule)


def _letters(place: int) -> str:
    first, second = divmod(place, 26)
    return (chr(64 + first) if first else "") + chr(65 + second)


def _write_entries(
    sheet: "Worksheet",
    columns: Sequence[_Column],
    entries: Sequence[FormEntry],
    *,
    layout: str,
    plain: "Format",
) -> None:
    row = FIRST_ROW
    for entry in entries:
        height = max(len(entry.items), 1)
        for column in columns:
            if column.of_entry:
                value = _entry_value(entry, column)
                _write_down(sheet, (row, height, column.place), value, layout=layout, style=plain)
                continue
            for offset, item in enumerate(entry.items):
                _write(sheet, (row + offset, column.place), item.get(column.name), plain)
        row += height


def _entry_value(entry: FormEntry, column: _Column) -> Any:
    if column.name.startswith("level"):
        return entry.levels[column.place] if column.place < len(entry.levels) else None
    return entry.cells.get(column.name)


def _write_down(
    sheet: "Worksheet", box: tuple[int, int, int], value: Any, *, layout: str, style: "Format"
) -> None:
    row, height, place = box
    if value is None or value == "":
        return
    if layout == MERGED and height > 1:
        sheet.merge_range(row, place, row + height - 1, place, value, style)
        return
    for offset in range(height if layout == REPEATED else 1):
        _write(sheet, (row + offset, place), value, style)


def _write(sheet: "Worksheet", cell: tuple[int, int], value: Any, style: "Format") -> None:
    if value is not None and value != "":
        sheet.write(*cell, value, style)
