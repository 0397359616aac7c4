"""Rows, problems and missing entries of an import as JSON."""

from flask import Response

from catalog.entries.imports import queries
from catalog.entries.imports import schemas as s
from catalog.entries.imports.api import bp
from catalog.entries.permissions import IMPORT
from portal.kernel.text import _
from portal.web.access import needs
from portal.web.api import answer, describes, read_query
from portal.web.context import actor, runtime


@bp.get("/<id:batch_id>/problems")
@needs(IMPORT)
@describes(
    _("一次导入的问题：行、列、值、原因"),
    query=s.ImportProblemsQuery(),
    answer=s.ImportProblemsAnswer(),
)
def problems(batch_id: str) -> Response:
    """The problems in the order of the rows."""
    asked = read_query(s.ImportProblemsQuery())
    with runtime().database.reading() as session:
        queries.batch_view(session, actor(), batch_id)
        page = queries.problems_page(session, batch_id, **asked)
    rows = [
        {
            "row": row.row,
            "column": row.column or None,
            "value": row.value or None,
            "reason": str(row.reason),
            "refused": row.refused,
            "secret": row.secret,
        }
        for row in page.rows
    ]
    return answer({"total": page.total, "problems": rows})


@bp.get("/<id:batch_id>/rows")
@needs(IMPORT)
@describes(_("一次导入里各条目录的结果"), query=s.ImportRowsQuery(), answer=s.ImportRowsAnswer())
def rows(batch_id: str) -> Response:
    """What became of the entries of the file, of one outcome or all."""
    asked = read_query(s.ImportRowsQuery())
    with runtime().database.reading() as session:
        queries.batch_view(session, actor(), batch_id)
        page = queries.rows_page(
            session,
            batch_id,
            outcome=asked["outcome"],
            page=asked["page"],
            size=asked["size"],
        )
    found = [
        {
            "row": row.row,
            "rows": row.row_count,
            "outcome": row.outcome,
            "title": row.title,
            "entry_id": row.entry_id,
            "unit_id": row.unit_id,
            "doubles": row.doubles,
            "kept": row.kept,
        }
        for row in page.rows
    ]
    return answer({"total": page.total, "rows": found})


@bp.get("/<id:batch_id>/missing")
@needs(IMPORT)
@describes(
    _("以前导入过、这个文件里没有的目录"),
    query=s.ImportPageQuery(),
    answer=s.ImportMissingAnswer(),
)
def missing_rows(batch_id: str) -> Response:
    """Entries that earlier files had and this one has not."""
    asked = read_query(s.ImportPageQuery())
    with runtime().database.reading() as session:
        queries.batch_view(session, actor(), batch_id)
        page = queries.missing_page(session, batch_id, page=asked["page"], size=asked["size"])
    found = [
        {
            "id": entry.id,
            "title": entry.title,
            "code": entry.code,
            "unit_id": entry.unit_id,
            "standing": entry.standing,
            "metadata_changed_at": entry.metadata_changed_at.isoformat(),
        }
        for entry in page.rows
    ]
    return answer({"total": page.total, "entries": found})
