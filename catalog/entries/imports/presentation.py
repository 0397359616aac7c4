"""What the pages of a batch say: steps, figures, mapping, units; computed here, drawn there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.entries.imports.labels import confidence_words, field_label
from catalog.entries.imports.models import (
    CANCELLED,
    DONE,
    EXAMINED,
    EXAMINING,
    FAILED,
    IMPORTING,
    RECEIVED,
    ImportBatch,
    ImportRow,
    ImportUnit,
)
from catalog.entries.imports.queries import BatchView
from catalog.entries.imports.report import Counts
from portal.kernel.text import Text, _

STAGE_WORDS: Mapping[str, tuple[str, Text]] = {
    RECEIVED: ("run", _("已收到")),
    EXAMINING: ("run", _("正在读取")),
    EXAMINED: ("due", _("等待确认")),
    IMPORTING: ("run", _("正在导入")),
    DONE: ("ok", _("已完成")),
    FAILED: ("over", _("没有完成")),
    CANCELLED: ("done", _("已停止")),
}
OUTCOME_WORDS: Mapping[str, Text] = {
    "new": _("新增"),
    "changed": _("修改"),
    "unchanged": _("未变"),
    "refused": _("拒收"),
}
_ORDER = (RECEIVED, EXAMINED, IMPORTING, DONE)
_SAMPLES = 3


@dataclass(frozen=True, slots=True)
class MappedColumn:
    """One column of the file, with what it fills and some of its values."""

    place: int
    source: str
    field: str
    label: Text | None
    light: tuple[str, Text] | None
    values: str


def values(view: BatchView, paths: Mapping[str, str]) -> dict[str, Any]:
    """What the page of a batch and its fragment show alike."""
    batch = view.batch
    done, total, words = progress_words(view)
    return {
        "batch": batch,
        "stage": STAGE_WORDS[batch.stage],
        "at_work": at_work(view),
        "steps": steps(batch),
        "progress": {"done": done, "total": total, "words": words},
        "figures": figures(batch, paths),
        "columns": columns(batch),
        "notes": notes(batch),
        "missing_words": missing_words(batch),
    }


def at_work(view: BatchView) -> bool:
    """Whether a run reads or imports just now."""
    return view.batch.stage in (RECEIVED, EXAMINING, IMPORTING)


def steps(batch: ImportBatch) -> list[dict[str, Any]]:
    """Where the import stands."""
    reached = {RECEIVED: 0, EXAMINING: 0, EXAMINED: 1, IMPORTING: 2, DONE: 4}.get(batch.stage, 1)
    labels = (_("上传和读取"), _("核对列和单位"), _("导入"), _("问题报告"))
    return [
        {
            "label": label,
            "state": "done" if place < reached else "current" if place == reached else "ahead",
        }
        for place, label in enumerate(labels)
    ]


def progress_words(view: BatchView) -> tuple[int, int | None, Text]:
    """How far the run is: done, total, words."""
    run = view.run
    done, total = (run.done, run.total) if run else (0, None)
    if run and run.words is not None:
        return done, total, run.words
    if not total:
        return 0, None, _("正在读取文件")
    if view.batch.stage in (IMPORTING, DONE):
        return done, total, _("已导入 %(done)s 条，共 %(total)s 条", done=done, total=total)
    return done, total, _("已核对 %(done)s 条，共 %(total)s 条", done=done, total=total)


def figures(batch: ImportBatch, paths: Mapping[str, str]) -> list[dict[str, Any]]:
    """The counts, each opening the list that it counts; before the import what is expected."""
    expected = batch.found.get("expected") or {}
    counts = (
        {name: getattr(batch, f"{name}_count") for name in (*OUTCOME_WORDS, "merged")}
        if batch.stage in (IMPORTING, DONE, CANCELLED, FAILED)
        else expected
    )
    found: list[dict[str, Any]] = [
        {"label": label, "number": counts.get(name, 0), "unit": _("条"), "href": paths[name]}
        for name, label in OUTCOME_WORDS.items()
    ]
    found.append(
        {
            "label": _("问题"),
            "number": batch.problem_count,
            "href": paths["problems"],
            "note": _("合并 %(n)s 行", n=counts.get("merged", 0)),
        }
    )
    return found


def columns(batch: ImportBatch) -> list[MappedColumn]:
    """The mapping as it was read, the in the order of the file."""
    values = batch.found.get("values", {})
    found = []
    for place, column in enumerate(batch.found.get("columns", ())):
        name = column["field"] or ""
        found.append(
            MappedColumn(
                place=place,
                source=column["source"],
                field=name,
                label=field_label(name) if name else None,
                light=confidence_words(column["confidence"]) if name else None,
                values="；".join(list(values.get(name, {}))[:_SAMPLES]),
            )
        )
    return found


def notes(batch: ImportBatch) -> list[Text]:
    """Remarks on the file as a whole."""
    return [Text(message, values) for message, values in batch.found.get("notes", ())]


def missing_words(batch: ImportBatch) -> Text | None:
    """A sentence on entries that the file no longer has."""
    if not batch.missing_count:
        return None
    return _(
        "有 %(n)s 条目录以前导入过，这个文件里没有。它们没有被撤销，请核对。",
        n=batch.missing_count,
    )


def doubles_words(row: ImportRow) -> Text | None:
    """A word on other rows with the same unit and title."""
    if not row.doubles:
        return None
    return _("可能与第 %(rows)s 行重复", rows="、".join(row.doubles))


def chosen_overrides(batch: ImportBatch, form: Mapping[str, str]) -> dict[str, str]:
    """The mapping that a form asks for: only what differs from what was proposed."""
    proposed = batch.found.get("columns", ())
    found = dict(batch.overrides)
    for place, column in enumerate(proposed):
        wanted = form.get(f"column.{place}")
        if wanted is not None and wanted != (column["field"] or ""):
            found[column["source"]] = wanted
    return found


def chosen_units(form: Mapping[str, str]) -> dict[str, str]:
    """Import unit → unit of ours, of those that a form names."""
    return {
        name.partition(".")[2]: value.strip()
        for name, value in form.items()
        if name.startswith("unit.") and value.strip()
    }


def unit_options(rows: Sequence[Any]) -> list[tuple[str, str]]:
    """Units of ours as options of a select."""
    return [(unit.id, unit.name) for unit in rows]


def head_json(batch: ImportBatch) -> dict[str, Any]:
    """One import as lists of the API show it."""
    return {
        "id": batch.id,
        "file_name": batch.file_name,
        "file_size": batch.file_size,
        "stage": batch.stage,
        "unit_id": batch.unit_id,
        "region_code": batch.region_code,
        "created_at": batch.created_at.isoformat(),
        "created_by_name": batch.created_by_name,
        "finished_at": batch.finished_at.isoformat() if batch.finished_at else None,
        "counts": {name: getattr(batch, f"{name}_count") for name in Counts.__slots__},
        "problems": batch.problem_count,
    }


def batch_json(view: BatchView, unknown_units: int) -> dict[str, Any]:
    """One import as the API shows it, without its addresses."""
    batch = view.batch
    done, total, words = progress_words(view)
    return {
        **head_json(batch),
        "default_unit_id": batch.default_unit_id,
        "publish": batch.publish,
        "error": str(batch.error) if batch.error else None,
        "progress": {"done": done, "total": total, "words": str(words)},
        "expected": batch.found.get("expected"),
        "published": batch.published_count,
        "missing": batch.missing_count,
        "columns": batch.found.get("columns", []),
        "values": batch.found.get("values", {}),
        "notes": [str(note) for note in notes(batch)],
        "unknown_units": unknown_units,
        "actions": actions(view),
    }


def actions(view: BatchView) -> list[str]:
    """What may be done with an import now, by the last part of its address."""
    if at_work(view):
        return ["stop"]
    return ["mapping", "units", "start"] if view.batch.file_id else []


def unit_json(unit: ImportUnit) -> dict[str, Any]:
    """One named unit as the API shows it."""
    return {
        "id": unit.id,
        "name": unit.name,
        "credit_code": unit.credit_code,
        "region": unit.region,
        "region_code": unit.region_code,
        "entries": unit.entries,
        "first_row": unit.first_row,
        "unit_id": unit.unit_id,
        "reason": str(unit.reason) if unit.reason else None,
    }
