"""The pages of one entry: all its metadata, versions, difference, JSON."""

import json
from datetime import datetime
from typing import Any

from flask import Response, request
from sqlalchemy.orm import Session

from catalog.entries import codelists as codes
from catalog.entries import presentation
from catalog.entries.access_words import how_to_get, may_get, shown
from catalog.entries.differences import difference, parameter_words
from catalog.entries.directory import provider_facts
from catalog.entries.events import ENTRY, VERSION
from catalog.entries.permissions import EDIT
from catalog.entries.queries import entries as queries
from catalog.entries.queries import work
from catalog.entries.queries.directory import provider_names
from catalog.entries.queries.gone import gone as gone_refusal
from catalog.entries.queries.gone import gone_words
from catalog.entries.rules import has_period
from catalog.entries.source import timely_light
from catalog.entries.views.blueprint import bp
from catalog.entries.workflow import STANDING_WORKFLOW, VERSION_WORKFLOW
from portal.kernel.paging import page_number
from portal.kernel.transitions import TransitionRow, available, steps_of
from portal.web.access import open_to_all
from portal.web.api import raw_json
from portal.web.context import actor, runtime
from portal.web.pages import render, render_part
from portal.web.panels import panels

ITEMS_SHOWN = 50


@bp.get("/entries/<id:entry_id>")
@open_to_all
def detail(entry_id: str) -> Response:
    """One entry in plain words; suspended and withdrawn ones say since when and why."""
    with runtime().database.reading() as session:
        view = queries.entry_view(session, actor(), entry_id)
        gone = view.entry.standing in queries.GONE
        steps = steps_of(session, ENTRY, entry_id, limit=20) if gone or view.sees_work else []
        since = next((s for s in steps if s.to_state == view.entry.standing), None)
        if gone and not view.sees_work:
            words = gone_words(since)
            return render("catalog/entries/gone.html", 410, view=view, words=words)
        values = _page(
            view,
            queries.versions(session, entry_id=entry_id, all_of_them=view.sees_work, actor=actor()),
            _told(session, view, steps),
        )
        values["unit_panels"] = panels(session, "entries.unit", view.entry.unit_id)
        values["asides"] = panels(session, "entries.aside", view)
        values["waits"] = view.sees_work and work.waits_for_index(session, entry_id)
    return render(
        "catalog/entries/detail.html",
        **values,
        gone_words=gone_words(since) if gone else None,
    )


def _told(session: Session, view: queries.EntryView, steps: list[TransitionRow]) -> dict[str, Any]:
    """What those who work on the entry are told: its steps and those of the open version."""
    opened = view.open_version
    if opened is not None:
        steps = sorted([*steps_of(session, VERSION, opened.id), *steps], key=_when, reverse=True)
    waiting = opened if opened is not None and opened.status == "bureau_review" else None
    submitted = {waiting.id: waiting.submitted_at} if waiting else {}
    return {
        "step_lines": presentation.step_lines(steps) if view.sees_work else [],
        "review_clock": next(iter(work.review_clocks(session, submitted).values()), None),
    }


def _when(step: TransitionRow) -> tuple[datetime, int]:
    return step.at, step.id


def _page(
    view: queries.EntryView, rows: list[queries.VersionRow], told: dict[str, Any]
) -> dict[str, Any]:
    steps = _steps(view)
    return {
        **_parts(view),
        **told,
        **steps,
        "contents": presentation.contents(
            view, has_work=any((*steps.values(), told["step_lines"]))
        ),
        "category_links": presentation.category_links(view.document.get("category", ())),
        "tags": presentation.tags(view),
        "metadata": presentation.metadata(view.document, presentation.own_facts(view)),
        "version_lines": presentation.version_lines(view, rows),
        "timely": timely_light(view.timeliness, view.update_cycle),
        "sentence": how_to_get(view, actor()),
        "may_get": may_get(view.document, actor(), sees_work=view.sees_work),
        "open_id": view.entry.open_version_id,
        "standing": STANDING_WORKFLOW.state(view.entry.standing),
        "may_edit": actor().may(EDIT, view.entry) and _is_open_to_edits(view),
    }


def _is_open_to_edits(view: queries.EntryView) -> bool:
    waits = view.open_version is not None and view.open_version.status == "bureau_review"
    return view.entry.standing != "withdrawn" and not waits


def _steps(view: queries.EntryView) -> dict[str, Any]:
    """The steps that the visitor may take."""
    entry, opened = view.entry, view.open_version
    version_choices = available(VERSION_WORKFLOW, opened, actor()) if opened else []
    return {
        "choices": available(STANDING_WORKFLOW, entry, actor()),
        "version_choices": [choice for choice in version_choices if choice.key == "submit"],
        "may_confirm": actor().may(EDIT, entry)
        and entry.standing == "published"
        and not has_period(entry.update_cycle),
    }


def _parts(view: queries.EntryView) -> dict[str, Any]:
    return {
        "view": view,
        "items_shown": ITEMS_SHOWN,
        "kinds": codes.RESOURCE_KINDS,
        "parameter_words": parameter_words,
        "item_types": codes.ITEM_TYPES,
        "share_types": codes.SHARE_TYPES,
        "item_columns": presentation.stated(view.items, "field", "type", "length", "range"),
        "resource_columns": presentation.stated(view.resources, "rows", "updated_at", "address"),
    }


@bp.get("/entries/<id:entry_id>/items")
@open_to_all
def items(entry_id: str) -> Response:
    """The items of an entry, a page at a time."""
    with runtime().database.reading() as session:
        view = queries.entry_view(session, actor(), entry_id)
        _refuse_gone(session, view)
    page = page_number(request.args.get("page"))
    first = (page - 1) * ITEMS_SHOWN
    values = {**_parts(view), "rows": view.items[first : first + ITEMS_SHOWN], "page": page}
    return render_part("catalog/entries/items.html", "catalog/entries/_items.html", **values)


@bp.get("/entries/<id:entry_id>/document.json")
@open_to_all
def document(entry_id: str) -> Response:
    """The published document as JSON."""
    with runtime().database.reading() as session:
        view = queries.entry_view(session, actor(), entry_id)
        _refuse_gone(session, view)
    return raw_json(shown(view.version.document, actor(), sees_work=view.sees_work))


@bp.get("/entries/<id:entry_id>/versions/<int:number>")
@open_to_all
def version(entry_id: str, number: int) -> Response:
    """One version as it was, with its hash."""
    with runtime().database.reading() as session:
        _entry, found = queries.version_of(session, actor(), entry_id, number)
        entry = queries.entry_view(session, actor(), entry_id)
        _refuse_gone(session, entry)
        steps = steps_of(session, VERSION, found.id) if entry.sees_work else []
        written = json.loads(shown(found.document, actor(), sees_work=entry.sees_work))
        units = provider_names(session, (written,))
    return render(
        "catalog/entries/version.html",
        view=entry,
        version=found,
        metadata=presentation.metadata(written, provider_facts(units, written)),
        abstract=written.get("abstract"),
        parts=presentation.parts(written),
        state=VERSION_WORKFLOW.state(found.status),
        author=presentation.person(found.created_by_name),
        step_lines=presentation.step_lines(steps),
    )


@bp.get("/entries/<id:entry_id>/difference")
@open_to_all
def differences(entry_id: str) -> Response:
    """Two versions side by side; the newest two unless the address says which."""
    with runtime().database.reading() as session:
        view = queries.entry_view(session, actor(), entry_id)
        _refuse_gone(session, view)
        rows = queries.versions(
            session, entry_id=entry_id, all_of_them=view.sees_work, actor=actor()
        )
        new = request.args.get("new", type=int) or (rows[0].number if rows else 1)
        before = next((row.number for row in rows if row.number < new), new)
        old = request.args.get("old", type=int) or before
        _entry, old_version = queries.version_of(session, actor(), entry_id, old)
        _entry, new_version = queries.version_of(session, actor(), entry_id, new)
        both = [
            json.loads(shown(v.document, actor(), sees_work=view.sees_work))
            for v in (old_version, new_version)
        ]
        found = difference(*both, units=provider_names(session, both))
    return render(
        "catalog/entries/difference.html",
        view=view,
        versions=rows,
        old=old_version,
        new=new_version,
        tables=presentation.difference_tables(found),
    )


def _refuse_gone(session: Session, view: queries.EntryView) -> None:
    if view.entry.standing in queries.GONE and not view.sees_work:
        raise gone_refusal(session, view.entry.id, view.entry.standing)
