"""Imports as JSON: all that their pages do, by the same services and schemas."""

from typing import IO

from flask import Blueprint, Response, request

from catalog.entries.imports import labels, presentation, queries, services
from catalog.entries.imports import schemas as s
from catalog.entries.imports.entering import enter_units
from catalog.entries.imports.models import ImportBatch
from catalog.entries.permissions import IMPORT, REVIEW
from portal.kernel.errors import Invalid, Refused
from portal.kernel.text import _
from portal.kernel.uow import unit_of_work
from portal.web.access import needs
from portal.web.api import PREFIX, answer, describes, read_body, read_query
from portal.web.bodies import takes_files
from portal.web.context import actor, runtime
from portal.web.pages import path

bp = Blueprint("imports_api", __name__, url_prefix=f"{PREFIX}/imports")
_FORM, _PARTS = "application/x-www-form-urlencoded", "multipart/form-data"


@bp.get("")
@needs(IMPORT)
@describes(_("导入的列表"), query=s.ImportPageQuery(), answer=s.ImportsAnswer())
def listed() -> Response:
    """The imports that the asker may see, newest first."""
    asked = read_query(s.ImportPageQuery())
    with runtime().database.reading() as session:
        page = queries.batches(session, actor(), page=asked["page"], size=asked["size"])
    return answer(
        {"total": page.total, "imports": [presentation.head_json(view) for view in page.rows]}
    )


@bp.post("")
@needs(IMPORT)
@takes_files
@describes(
    _("上传文件并读取：文件是名为 file 的部分，或请求的全部内容（文件名写在 name）"),
    query=s.ImportUpload(),
    answer=s.ImportAnswer(),
    status=201,
)
def send() -> Response:
    """Takes a file in and has it read; nothing is imported before somebody starts it."""
    asked = read_query(s.ImportUpload())
    name, stream = _sent(asked["name"])
    options = services.BatchOptions(
        region_code=asked["region"] or runtime().settings.region_code,
        default_unit_id=asked["unit"],
    )
    batch = services.send_file(runtime(), actor(), name=name, stream=stream, options=options)
    return _one(batch.id, 201)


def _sent(name: str) -> tuple[str, IO[bytes]]:
    """Name and content of the file; only as much is read as a file may have."""
    if request.mimetype == _PARTS:
        part = request.files.get("file")
        if part is None or not part.filename:
            wrong = _("没有收到文件。请把文件放在名为 file 的部分。")
            raise Invalid(wrong, fields={"file": [wrong]})
        return part.filename, part.stream
    if request.mimetype == _FORM:
        raise Invalid(_("请求的内容应为文件，或带有文件的 multipart/form-data。"))
    if not name:
        wrong = _("请在查询参数 name 里写明文件名，例如 name=目录.csv。")
        raise Invalid(wrong, fields={"name": [wrong]})
    return name, request.stream


@bp.get("/fields")
@needs(IMPORT)
@describes(_("列可以对应的字段"), answer=s.ImportFieldsAnswer())
def target_fields() -> Response:
    """What a column may fill."""
    found = [{"name": name, "label": str(label)} for name, label in labels.choices()]
    return answer({"fields": found})


@bp.get("/<id:batch_id>")
@needs(IMPORT)
@describes(_("一次导入：状态、进度、数量、列的对应"), answer=s.ImportAnswer())
def detail(batch_id: str) -> Response:
    """One import."""
    return _one(batch_id)


@bp.put("/<id:batch_id>/mapping")
@needs(IMPORT)
@describes(_("指定列的对应并重新读取"), body=s.ImportMapping(), answer=s.ImportAnswer())
def remap(batch_id: str) -> Response:
    """Has the file read again; columns that are not named stay as they were mapped."""
    wanted = read_body(s.ImportMapping())["columns"]
    with unit_of_work(runtime(), actor()) as uow:
        batch = services.held_batch(uow.session, uow.actor, batch_id)
        services.ask_examination(uow, batch_id, {**batch.overrides, **wanted})
    return _one(batch_id)


@bp.get("/<id:batch_id>/units")
@needs(IMPORT)
@describes(
    _("文件里写的单位：待确认的或已知的"), query=s.ImportUnitsQuery(), answer=s.ImportUnitsAnswer()
)
def named_units(batch_id: str) -> Response:
    """The units that the file names."""
    waiting = read_query(s.ImportUnitsQuery())["waiting"]
    with runtime().database.reading() as session:
        queries.batch_view(session, actor(), batch_id)
        rows = queries.units_of(session, batch_id, unknown=waiting)
        waits = queries.waiting(session, batch_id)
    return answer({"waiting": waits.units, "units": [presentation.unit_json(row) for row in rows]})


@bp.post("/<id:batch_id>/units")
@needs(IMPORT)
@describes(
    _("确认文件里写的单位：对应到已有单位，或新建"),
    body=s.ImportUnitChoices(),
    answer=s.ImportAnswer(),
)
def settle_units(batch_id: str) -> Response:
    """Says which units of ours the named ones are, or enters them as new ones."""
    body = read_body(s.ImportUnitChoices())
    with unit_of_work(runtime(), actor()) as uow:
        services.held_batch(uow.session, uow.actor, batch_id)
        if body["choices"]:
            services.choose_units(uow, batch_id, body["choices"])
    if body["enter"] or body["enter_rest"]:
        ids = () if body["enter_rest"] else body["enter"]
        enter_units(runtime(), actor(), batch_id, ids)
    return _one(batch_id)


@bp.post("/<id:batch_id>/start")
@needs(IMPORT)
@describes(_("开始导入"), body=s.ImportStart(), answer=s.ImportAnswer())
def start(batch_id: str) -> Response:
    """Has the file imported."""
    publish = read_body(s.ImportStart())["publish"]
    if publish and not actor().may(REVIEW):
        raise Refused(_("您没有发布的权限，不能在导入时发布。请不带发布重新开始。"))
    with unit_of_work(runtime(), actor()) as uow:
        services.ask_import(uow, batch_id, publish=publish)
    return _one(batch_id)


@bp.post("/<id:batch_id>/stop")
@needs(IMPORT)
@describes(_("停止导入"), answer=s.ImportAnswer())
def stop(batch_id: str) -> Response:
    """Asks the import to stop; what is done stays."""
    with unit_of_work(runtime(), actor()) as uow:
        services.stop(uow, batch_id)
    return _one(batch_id)


def _one(batch_id: str, status: int = 200) -> Response:
    with runtime().database.reading() as session:
        view = queries.batch_view(session, actor(), batch_id)
        waiting = queries.waiting(session, batch_id)
    found = presentation.batch_json(view, waiting)
    return answer({**found, "links": _links(view.batch)}, status)


def _links(batch: ImportBatch) -> dict[str, str | None]:
    returned = path("imports.returned", batch_id=batch.id) if batch.returned_file_id else None
    return {
        "page": path("imports.detail", batch_id=batch.id),
        "problems_csv": path("imports.problems_csv", batch_id=batch.id),
        "returned": returned,
    }
