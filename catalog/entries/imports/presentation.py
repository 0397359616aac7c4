"""What the pages of a batch say: steps, figures, mapping, units; computed here, drawn there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.entries.imports.labels import confidence_words, field_label, read_words
from catalog.entries.imports.models import (
    CANCELLED,
    DONE,
    EXAMINED,
    EXAMINING,
    FAILED,
    IMPORTING,
    INTERRUPTED,
    RECEIVED,
    ImportBatch,
    ImportRow,
    ImportUnit,
)
from catalog.entries.imports.pulse import BatchView
from catalog.entries.imports.report import Counts, Waiting
from portal.kernel.jobs import PLANNED
from portal.kernel.text import Text, _

STAGE_WORDS: Mapping[str, tuple[str, Text]] = {
    RECEIVED: ("run", _("已收到")),
    EXAMINING: ("run", _("正在读取")),
    EXAMINED: ("due", _("等待确认")),
    IMPORTING: ("run", _("正在导入")),
    DONE: ("ok", _("已完成")),
    FAILED: ("over", _("没有完成")),
    CANCELLED: ("done", _("已停止")),
    INTERRUPTED: ("over", _("中断")),
}
OUTCOME_WORDS: Mapping[str, Text] = {
    "new": _("新增"),
    "changed": _("修改"),
    "unchanged": _("未变"),
    "refused": _("拒收"),
}
_ORDER = (RECEIVED, EXAMINED, IMPORTING, DONE)
_SAMPLES = 3
_KEPT_SHOWN = 200


@dataclass(frozen=True, slots=True)
class MappedColumn:
    """One column of the file, with what it fills and some of its values."""

    place: int
    source: str
    field: str
    label: Text | None
    light: tuple[str, Text] | None
    values: str


def values(view: BatchView, waiting: Waiting, paths: Mapping[str, str]) -> dict[str, Any]:
    """What the page of a batch and its fragment show alike."""
    batch = view.batch
    done, total, words = progress_words(view)
    return {
        "batch": batch,
        "stage": STAGE_WORDS[view.stage],
        "at_work": view.at_work,
        "steps": steps(view),
        "progress": {"done": done, "total": total, "words": words},
        "result_words": result_words(view),
        "figures": figures(view, paths),
        "waiting_words": waiting_words(view, waiting),
        "columns": columns(batch),
        "notes": notes(batch),
        "interrupted_words": interrupted_words(view),
        "missing_words": missing_words(batch),
    }


def steps(view: BatchView) -> list[dict[str, Any]]:
    """Where the import stands."""
    stage = view.batch.stage
    reached = {RECEIVED: 0, EXAMINING: 0, EXAMINED: 1, IMPORTING: 2, DONE: 4}.get(stage, 1)
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
    if run is None or run.state == PLANNED:
        return 0, None, _("等待开始")
    return run.done, run.total, run.words or _("正在打开文件")


def interrupted_words(view: BatchView) -> Text | None:
    """What has become of an import whose process is gone, and what to do."""
    if view.stage != INTERRUPTED:
        return None
    if view.goes_on:
        return _("导入的进程没有应答。后台任务会接着导入，您不必重新上传；已导入的都保留。")
    if view.batch.file_id is not None:
        return _("导入的进程已经不在。已导入的都保留；请重新确认导入，不会重复。")
    return _("导入的进程已经不在。已导入的都保留；请再次运行同一条导入命令，不会重复。")


def result_words(view: BatchView) -> Text:
    """What the figures below are: they and the merged rows account for every row that was read."""
    merged = counts_shown(view.batch).get("merged", 0)
    rows = f"{view.batch.read_count:,}"
    head = _("文件共 %(n)s 行。", n=rows)
    if merged:
        told = {"n": rows, "merged": f"{merged:,}"}
        head = _("文件共 %(n)s 行，其中 %(merged)s 行与别的行合为一条。", **told)
    return _("%(head)s%(tail)s", head=head, tail=_results_so_far(view))


def _results_so_far(view: BatchView) -> Text:
    stage = view.batch.stage
    if stage == DONE:
        return _("结果如下：")
    if stage == IMPORTING and view.at_work:
        return _("到现在为止：")
    if stage in (IMPORTING, FAILED, CANCELLED):
        return _("停止之前的结果：")
    return _("确认导入后将是：")


def counts_shown(batch: ImportBatch) -> Mapping[str, int]:
    """What became of the rows; before the import what is expected."""
    if batch.stage in (IMPORTING, DONE, CANCELLED, FAILED):
        return {name: getattr(batch, f"{name}_count") for name in (*OUTCOME_WORDS, "merged")}
    expected: Mapping[str, int] = batch.found.get("expected") or {}
    return expected


def figures(view: BatchView, paths: Mapping[str, str]) -> list[dict[str, Any]]:
    """The counts, each opening the list that it counts."""
    counts = counts_shown(view.batch)
    found: list[dict[str, Any]] = [
        {"label": label, "number": counts.get(name, 0), "unit": _("条"), "href": paths[name]}
        for name, label in OUTCOME_WORDS.items()
    ]
    problems = {"label": _("问题"), "number": view.batch.problem_count, "href": paths["problems"]}
    return [*found, problems]


def waiting_words(view: BatchView, waiting: Waiting) -> Text | None:
    """How many entries wait for their unit to be confirmed, and what comes of them."""
    if not waiting.units:
        return None
    counted = {"n": f"{waiting.records:,}", "units": f"{waiting.units:,}"}
    if view.batch.stage == DONE:
        return _(
            "拒收的目录里，%(n)s 条属于没有确认的 %(units)s 个单位。确认单位后再次导入即可。",
            **counted,
        )
    return _(
        "其中 %(n)s 条属于待确认的 %(units)s 个单位：上面按确认新建计算；"
        "不确认，这些目录就会拒收。",
        **counted,
    )


def columns(batch: ImportBatch) -> list[MappedColumn]:
    """The mapping as it was read, in the order of the file."""
    values, shown = batch.found.get("values", {}), batch.found.get("shown", {})
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
                values=_shown(name, shown.get(column["source"], ()), values.get(name, {})),
            )
        )
    return found


def _shown(name: str, samples: Sequence[str], read: Mapping[str, Any]) -> str:
    """Some values of a column, each with what it was read as where that is said otherwise."""
    raws = list(samples or read)[:_SAMPLES]
    return "；".join(_as_read(name, raw, read[raw]) if raw in read else raw for raw in raws)


def _as_read(name: str, raw: str, value: Any) -> str:
    said = read_words(name, value)
    if value is not None and said in ("", raw):
        return raw
    return f"{raw} → {said or _('未识别')}"


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


def row_remarks(row: ImportRow) -> str:
    """What is to be said of a row: possible doubles, and what it says that no field has."""
    return "；".join(str(said) for said in (_doubles_words(row), _kept_words(row)) if said)


def _doubles_words(row: ImportRow) -> Text | None:
    """A word on other rows with the same unit and title."""
    if not row.doubles:
        return None
    return _("可能与第 %(rows)s 行重复", rows="、".join(row.doubles))


def _kept_words(row: ImportRow) -> Text | None:
    """What the file says and no field of the entry has, as it was said."""
    said = [f"{field_label(name)} {text[:_KEPT_SHOWN]}" for name, text in row.kept.items()]
    return _("原文：%(texts)s", texts="；".join(said)) if said else None


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


def head_json(view: BatchView) -> dict[str, Any]:
    """One import as lists of the API show it."""
    batch = view.batch
    return {
        "id": batch.id,
        "file_name": batch.file_name,
        "file_size": batch.file_size,
        "stage": view.stage,
        "unit_id": batch.unit_id,
        "region_code": batch.region_code,
        "created_at": batch.created_at.isoformat(),
        "created_by_name": batch.created_by_name,
        "finished_at": batch.finished_at.isoformat() if batch.finished_at else None,
        "counts": {name: getattr(batch, f"{name}_count") for name in Counts.__slots__},
        "problems": batch.problem_count,
    }


def batch_json(view: BatchView, waiting: Waiting) -> dict[str, Any]:
    """One import as the API shows it, without its addresses."""
    batch = view.batch
    error = interrupted_words(view) or batch.error
    done, total, words = progress_words(view)
    return {
        **head_json(view),
        "default_unit_id": batch.default_unit_id,
        "publish": batch.publish,
        "error": str(error) if error else None,
        "progress": {"done": done, "total": total, "words": str(words)},
        "expected": batch.found.get("expected"),
        "published": batch.published_count,
        "missing": batch.missing_count,
        "columns": batch.found.get("columns", []),
        "values": batch.found.get("values", {}),
        "notes": [str(note) for note in notes(batch)],
        "unknown_units": waiting.units,
        "waiting": waiting.as_dict(),
        "actions": actions(view),
    }


def actions(view: BatchView) -> list[str]:
    """What may be done with an import now, by the last part of its address."""
    if view.at_work or view.goes_on:
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
