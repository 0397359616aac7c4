"""Versions, what waits for review, and the category tree as JSON."""

import json
from typing import Any

from flask import Blueprint, Response
from marshmallow import fields

from catalog.entries.access_words import shown
from catalog.entries.api import bp
from catalog.entries.document import EntryDocument
from catalog.entries.permissions import REVIEW
from catalog.entries.queries import categories as category_queries
from catalog.entries.queries import entries as queries
from catalog.entries.queries import work
from catalog.entries.queries.gone import refuse_gone
from portal.kernel.schemas import PortalSchema, between
from portal.kernel.text import _
from portal.web.access import needs, open_to_all
from portal.web.api import PREFIX, answer, describes, raw_json, read_query
from portal.web.context import actor, runtime

categories_bp = Blueprint("categories_api", __name__, url_prefix=f"{PREFIX}/categories")


class VersionHead(PortalSchema):
    """One version of an entry, without its document."""

    id = fields.String(required=True)
    number = fields.Integer(required=True)
    status = fields.String(required=True)
    saved_at = fields.String(required=True)
    decided_at = fields.String(required=True, allow_none=True)


class VersionsAnswer(PortalSchema):
    """The versions of an entry, newest first."""

    versions = fields.List(fields.Nested(VersionHead), required=True)


class VersionAnswer(VersionHead):
    """One version as it was, with its hash."""

    sha256 = fields.String(required=True)
    document = fields.Nested(EntryDocument, required=True)


class PageQuery(PortalSchema):
    """Which page of a list."""

    page = fields.Integer(load_default=1, validate=between(1, 500))


class WaitingAnswer(PortalSchema):
    """A version that waits for the bureau."""

    id = fields.String(required=True)
    entry_id = fields.String(required=True)
    number = fields.Integer(required=True)
    title = fields.String(required=True)
    unit_name = fields.String(required=True)
    submitted_at = fields.String(required=True, allow_none=True)
    due_at = fields.String(required=True, allow_none=True)
    is_change = fields.Boolean(required=True)
    sha256 = fields.String(required=True)


class ReviewsAnswer(PortalSchema):
    """A page of what waits, what is due first in front."""

    total = fields.Integer(required=True)
    waiting = fields.List(fields.Nested(WaitingAnswer), required=True)


class BranchAnswer(PortalSchema):
    """One category; `count` includes everything below it that the asker may find."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    prefix = fields.String(required=True)
    path = fields.String(required=True)
    level = fields.Integer(required=True)
    count = fields.Integer(required=True)
    children = fields.Integer(required=True)


class BranchesAnswer(PortalSchema):
    """The categories below one, or the top."""

    categories = fields.List(fields.Nested(BranchAnswer), required=True)


@bp.get("/<id:entry_id>/versions")
@open_to_all
@describes(_("一条目录的各个版本"), answer=VersionsAnswer())
def versions(entry_id: str) -> Response:
    """Published and superseded versions; drafts for those who work on the entry."""
    with runtime().database.reading() as session:
        refuse_gone(session, actor(), entry_id)
        sees_work = queries.readable(session, actor(), entry_id)
        rows = queries.versions(session, entry_id=entry_id, all_of_them=sees_work, actor=actor())
    return answer({"versions": [_head(row) for row in rows]})


@bp.get("/<id:entry_id>/versions/<int:number>")
@open_to_all
@describes(_("目录的一个版本"), answer=VersionAnswer())
def version(entry_id: str, number: int) -> Response:
    """One version with its stored document."""
    with runtime().database.reading() as session:
        refuse_gone(session, actor(), entry_id)
        sees_work = queries.readable(session, actor(), entry_id)
        _entry, found = queries.version_of(session, actor(), entry_id, number)
    head = json.dumps({**_head(found), "sha256": found.sha256}, ensure_ascii=False)
    document = shown(found.document, actor(), sees_work=sees_work)
    return raw_json(f'{head[:-1]}, "document": {document}}}')


@bp.get("/reviews")
@needs(REVIEW)
@describes(_("待审核的版本"), query=PageQuery(), answer=ReviewsAnswer())
def reviews() -> Response:
    """What waits for the bureau, what is due first in front."""
    with runtime().database.reading() as session:
        page = work.waiting(session, actor(), page=read_query(PageQuery())["page"])
        clocks = work.review_clocks(session, {row.id: row.submitted_at for row in page.rows})
    rows = [
        {
            "id": row.id,
            "entry_id": row.entry_id,
            "number": row.number,
            "title": row.title,
            "unit_name": row.unit_name,
            "submitted_at": row.submitted_at.isoformat() if row.submitted_at else None,
            "due_at": clocks[row.id].due_at.isoformat() if row.id in clocks else None,
            "is_change": bool(row.is_change),
            "sha256": row.sha256,
        }
        for row in page.rows
    ]
    return answer({"total": page.total, "waiting": rows})


@categories_bp.get("")
@open_to_all
@describes(_("最上层的分类"), answer=BranchesAnswer())
def categories() -> Response:
    """The top of the tree."""
    return _branches(None)


@categories_bp.get("/<id:category_id>")
@open_to_all
@describes(_("一个分类的下级"), answer=BranchesAnswer())
def category(category_id: str) -> Response:
    """What is below one category."""
    return _branches(category_id)


def _branches(parent_id: str | None) -> Response:
    with runtime().database.reading() as session:
        if parent_id is not None:
            category_queries.known(session, parent_id)
        found = category_queries.branches(session, actor(), parent_id=parent_id)
    names = BranchAnswer().fields
    return answer({"categories": [{n: getattr(b, n) for n in names} for b in found]})


def _head(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "number": row.number,
        "status": row.status,
        "saved_at": row.saved_at.isoformat(),
        "decided_at": row.decided_at.isoformat() if row.decided_at else None,
    }
