"""Pages of the import: list, sending, mapping and units, progress, rows, problems, report."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as WerkzeugResponse

from auth.permissions import UNITS_REGISTER
from auth.queries import units
from catalog.entries.imports import labels, presentation, queries, services
from catalog.entries.imports.entering import enter_units
from catalog.entries.imports.forms import write_blank_form
from catalog.entries.imports.models import OUTCOMES, REFUSED
from catalog.entries.imports.report import csv_pieces
from catalog.entries.imports.schemas import ImportOptions
from catalog.entries.permissions import IMPORT, REVIEW
from portal.kernel.errors import Invalid, missing
from portal.kernel.files import content_path, file_of
from portal.kernel.paging import page_number
from portal.kernel.schemas import load
from portal.kernel.text import _, language, speaking
from portal.kernel.uow import unit_of_work
from portal.web.access import needs
from portal.web.bodies import takes_files
from portal.web.context import actor, runtime
from portal.web.htmx import redirect_page, wants_fragment
from portal.web.pages import go, path, render, render_part

bp = Blueprint("imports", __name__, url_prefix="/catalog/imports", template_folder="templates")
_PIECE = 256 * 1024
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("")
@needs(IMPORT)
def listed() -> Response:
    """The imports that the asker may see, newest first."""
    with runtime().database.reading() as session:
        page = queries.batches(session, actor(), page=page_number(request.args.get("page")))
    return render("catalog/imports/list.html", page=page, stages=presentation.STAGE_WORDS)


@bp.get("/new")
@needs(IMPORT)
def new() -> Response:
    """The form for sending a file."""
    return _sending()


@bp.post("/new")
@needs(IMPORT)
@takes_files
def send() -> Response | WerkzeugResponse:
    """Takes a file in and has it read; nothing is imported before the sender confirms."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return _sending(Invalid(_("没有选择文件。"), fields={"file": [_("请选择要导入的文件。")]}))
    try:
        batch = services.send_file(
            runtime(), actor(), name=sent.filename, stream=sent.stream, options=_options()
        )
    except Invalid as error:
        return _sending(error)
    return go("imports.detail", batch_id=batch.id)


def _options() -> services.BatchOptions:
    given = {
        name: request.form[name].strip() for name in ("region", "unit") if name in request.form
    }
    asked = load(ImportOptions(), {name: value for name, value in given.items() if value})
    region = asked["region"] or runtime().settings.region_code
    return services.BatchOptions(region_code=region, default_unit_id=asked["unit"])


def _sending(error: Invalid | None = None) -> Response:
    with runtime().database.reading() as session:
        rows = [unit for unit in units(session) if actor().may(IMPORT, unit)]
    own = None if actor().may(REVIEW) else actor().unit_id  # the bureau names no unit by chance
    return render(
        "catalog/imports/new.html",
        422 if error else 200,
        errors=error.fields or {"_": [error.message]} if error else {},
        options=presentation.unit_options(rows),
        own=own,
    )


@bp.get("/form.xlsx")
@needs(IMPORT)
def blank_form() -> Response:
    """The official form, empty, with the units of this city in its list."""
    with runtime().database.reading() as session:
        names = [unit.name for unit in units(session)]
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "form.xlsx"
        write_blank_form(target, names)
        return _file(target.read_bytes(), str(_("政务信息资源目录填报表.xlsx")), WORKBOOK)


def _file(content: bytes | Iterator[bytes], name: str, media_type: str) -> Response:
    response = Response(content, mimetype=media_type)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@bp.get("/<id:batch_id>")
@needs(IMPORT)
def detail(batch_id: str) -> Response:
    """One import; its fragment asks for itself while a run is at work, then for the whole page."""
    with runtime().database.reading() as session:
        view = queries.batch_view(session, actor(), batch_id)
        waiting = queries.waiting(session, batch_id)
        unknown = queries.units_of(session, batch_id, unknown=True)
        mine = [unit for unit in units(session) if actor().may(IMPORT, unit)] if unknown else []
    if wants_fragment() and not view.at_work:
        return redirect_page(path("imports.detail", batch_id=batch_id))
    return render_part(
        "catalog/imports/detail.html",
        "catalog/imports/_batch.html",
        **presentation.values(view, waiting, _paths(batch_id)),
        may_do=presentation.actions(view),
        unknown_count=waiting.units,
        field_choices=labels.choices(),
        unknown=unknown,
        unit_choices=presentation.unit_options(mine),
        may_enter=actor().may(UNITS_REGISTER),
        may_publish=actor().may(REVIEW),
    )


def _paths(batch_id: str) -> dict[str, str]:
    found = {o: path("imports.rows", batch_id=batch_id, outcome=o) for o in OUTCOMES}
    refused = path("imports.problems", batch_id=batch_id, refused=1)
    return {**found, REFUSED: refused, "problems": path("imports.problems", batch_id=batch_id)}


@bp.post("/<id:batch_id>/mapping")
@needs(IMPORT)
def remap(batch_id: str) -> WerkzeugResponse:
    """Has the file read again with the mapping that the form asks for."""
    with unit_of_work(runtime(), actor()) as uow:
        batch = services.held_batch(uow.session, uow.actor, batch_id)
        wanted = presentation.chosen_overrides(batch, request.form)
        services.ask_examination(uow, batch_id, wanted)
    return go("imports.detail", batch_id=batch_id)


@bp.post("/<id:batch_id>/units")
@needs(IMPORT)
def settle_units(batch_id: str) -> WerkzeugResponse:
    """Says which units of ours the named ones are, or enters them all as new ones."""
    chosen = presentation.chosen_units(request.form)
    with unit_of_work(runtime(), actor()) as uow:
        services.held_batch(uow.session, uow.actor, batch_id)
        if chosen:
            services.choose_units(uow, batch_id, chosen)
    if request.form.get("step") == "enter":
        enter_units(runtime(), actor(), batch_id)
    return go("imports.detail", batch_id=batch_id)


@bp.post("/<id:batch_id>/start")
@needs(IMPORT)
def start(batch_id: str) -> WerkzeugResponse:
    """Has the file imported."""
    with unit_of_work(runtime(), actor()) as uow:
        publish = bool(request.form.get("publish")) and actor().may(REVIEW)
        services.ask_import(uow, batch_id, publish=publish)
    return go("imports.detail", batch_id=batch_id)


@bp.post("/<id:batch_id>/stop")
@needs(IMPORT)
def stop(batch_id: str) -> WerkzeugResponse:
    """Asks the import to stop; what is done stays."""
    with unit_of_work(runtime(), actor()) as uow:
        services.stop(uow, batch_id)
    return go("imports.detail", batch_id=batch_id)


@bp.get("/<id:batch_id>/rows")
@needs(IMPORT)
def rows(batch_id: str) -> Response:
    """What became of the entries of the file."""
    outcome = request.args.get("outcome")
    outcome = outcome if outcome in OUTCOMES else None
    with runtime().database.reading() as session:
        batch = queries.batch_view(session, actor(), batch_id).batch
        page = queries.rows_page(
            session, batch_id, outcome=outcome, page=page_number(request.args.get("page"))
        )
    return render(
        "catalog/imports/rows.html",
        batch=batch,
        page=page,
        outcome=outcome,
        words=presentation.OUTCOME_WORDS,
        remarks=presentation.row_remarks,
    )


@bp.get("/<id:batch_id>/missing")
@needs(IMPORT)
def missing_rows(batch_id: str) -> Response:
    """Entries that earlier files had and this one has not."""
    with runtime().database.reading() as session:
        batch = queries.batch_view(session, actor(), batch_id).batch
        page = queries.missing_page(session, batch_id, page=page_number(request.args.get("page")))
    return render("catalog/imports/missing.html", batch=batch, page=page)


@bp.get("/<id:batch_id>/problems")
@needs(IMPORT)
def problems(batch_id: str) -> Response:
    """The problems: row, column, value, reason; of all rows or of those that are refused."""
    refused = request.args.get("refused") == "1"
    with runtime().database.reading() as session:
        batch = queries.batch_view(session, actor(), batch_id).batch
        page = queries.problems_page(
            session, batch_id, refused=refused, page=page_number(request.args.get("page"))
        )
    return render("catalog/imports/problems.html", batch=batch, page=page, refused=refused)


@bp.get("/<id:batch_id>/problems.csv")
@needs(IMPORT)
def problems_csv(batch_id: str) -> Response:
    """The problems as CSV."""
    with runtime().database.reading() as session:
        batch = queries.batch_view(session, actor(), batch_id).batch
    found = queries.all_problems(runtime().database, batch_id)
    name = f"{Path(batch.file_name).stem}-{_('导入问题')}.csv"
    return _file(_spoken(csv_pieces(found), language()), name, "text/csv")


def _spoken(pieces: Iterator[bytes], code: str) -> Iterator[bytes]:
    """Pieces that are made after the view has ended, in its language."""
    while True:
        with speaking(code):
            piece = next(pieces, None)
        if piece is None:
            return
        yield piece


@bp.get("/<id:batch_id>/returned")
@needs(IMPORT)
def returned(batch_id: str) -> Response:
    """The sent file with a column of reasons, to be mended and sent again."""
    with runtime().database.reading() as session:
        batch = queries.batch_view(session, actor(), batch_id).batch
        if batch.returned_file_id is None:
            raise missing(_("这份问题报告"))
        stored = file_of(session, batch.returned_file_id)
    content = content_path(runtime().settings.file_folder, stored.sha256)
    response = _file(_pieces(content), stored.name, stored.media_type)
    response.content_length = stored.size
    return response


def _pieces(path: Path) -> Iterator[bytes]:
    """The content of a file, a piece at a time; it may be as large as what was sent."""
    with path.open("rb") as stream:
        while piece := stream.read(_PIECE):
            yield piece
