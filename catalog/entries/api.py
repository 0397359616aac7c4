"""Entries as JSON: read, create, edit, and the steps of both workflows."""

import json
from typing import Any

from flask import Blueprint, Response
from marshmallow import fields

from auth import queries as auth_queries
from catalog.entries.access_words import shown
from catalog.entries.document import EntryDocument, identifier
from catalog.entries.permissions import EDIT, REVIEW, SUBMIT, SUSPEND, WITHDRAW
from catalog.entries.queries import answers as queries
from catalog.entries.services import review, writing
from catalog.entries.visibility import may_see_work
from catalog.entries.workflow import STANDING_WORKFLOW, VERSION_WORKFLOW
from portal.kernel.errors import Refused
from portal.kernel.schemas import PortalSchema, length
from portal.kernel.text import _
from portal.kernel.transitions import available
from portal.kernel.uow import unit_of_work
from portal.web.access import needs, open_to_all
from portal.web.api import PREFIX, answer, describes, raw_json, read_body
from portal.web.context import actor, runtime

bp = Blueprint("entries_api", __name__, url_prefix=f"{PREFIX}/entries")


class EntryAnswer(PortalSchema):
    """One entry: its columns, its document, and what the asker may do with it."""

    id = fields.String(required=True)
    code = fields.String(allow_none=True)
    unit_id = fields.String(required=True)
    unit_name = fields.String(required=True)
    region_code = fields.String(required=True)
    standing = fields.String(required=True)
    timeliness = fields.String(required=True)
    version = fields.Integer(required=True)
    version_id = fields.String(required=True)
    version_status = fields.String(required=True)
    revision = fields.Integer(required=True)
    sha256 = fields.String(required=True)
    metadata_changed_at = fields.String(required=True)
    actions = fields.List(fields.String())
    document = fields.Nested(EntryDocument, required=True)


class EntryCreate(PortalSchema):
    """What creates an entry in the asker's unit."""

    document = fields.Nested(EntryDocument, required=True)


class EntryEdit(EntryCreate):
    """What edits an entry; `revision` is that of the version that was read."""

    revision = fields.Integer(required=True)


class Step(PortalSchema):
    """The reason of a step."""

    comment = fields.String(load_default="", validate=length(1000))


class VersionStep(Step):
    """The reason of a step, and the SHA-256 of the document that who decides has read."""

    sha256 = fields.String(load_default="", validate=length(64))


class StepAnswer(PortalSchema):
    """Where a step led."""

    id = fields.String(required=True)
    state = fields.String(required=True)
    actions = fields.List(fields.String())


class Steps(Step):
    """One step of several records, each with an outcome of its own."""

    ids = fields.List(identifier(), required=True, validate=length(review.MOST_AT_ONCE, 1))


class VersionSteps(Steps):
    """One step of several versions, with what was read of each."""

    sha256 = fields.Dict(
        keys=identifier(), values=fields.String(validate=length(64)), load_default=dict
    )


class OutcomeAnswer(PortalSchema):
    """What became of one record; `error` null means done."""

    id = fields.String(required=True)
    title = fields.String(required=True)
    error = fields.String(required=True, allow_none=True)


class StepsAnswer(PortalSchema):
    """What became of each record."""

    outcomes = fields.List(fields.Nested(OutcomeAnswer), required=True)


@bp.get("/<id:entry_id>")
@open_to_all
@describes(_("一条目录"), answer=EntryAnswer())
def entry(entry_id: str) -> Response:
    """The published version, or the draft for those who work on it."""
    with runtime().database.reading() as session:
        found = queries.entry_and_version(session, actor(), entry_id)
    return raw_json(_entry_json(found))


@bp.post("")
@needs(EDIT)
@describes(_("新建目录（草稿）"), body=EntryCreate(), answer=EntryAnswer(), status=201)
def create() -> Response:
    """A new entry of the asker's unit."""
    body = read_body(EntryCreate())
    unit_id = actor().unit_id
    if unit_id is None:
        raise Refused(_("您的账号没有所属单位，不能编制目录。请联系管理员。"))
    with runtime().database.reading() as session:
        region_code = auth_queries.unit(session, unit_id).region_code
    with unit_of_work(runtime(), actor()) as uow:
        made = writing.create_entry(
            uow, unit_id=unit_id, region_code=region_code, document=body["document"]
        )
    with runtime().database.reading() as session:
        return raw_json(_entry_json(queries.entry_and_version(session, actor(), made.id)), 201)


@bp.put("/<id:entry_id>")
@needs(EDIT)
@describes(_("修改目录"), body=EntryEdit(), answer=EntryAnswer())
def edit(entry_id: str) -> Response:
    """Saves into the open draft or opens one; a stale revision is 409 with the other side."""
    body = read_body(EntryEdit())
    with unit_of_work(runtime(), actor()) as uow:
        version = writing.edit_entry(
            uow, entry_id=entry_id, document=body["document"], revision=body["revision"]
        )
    with runtime().database.reading() as session:
        found = queries.entry_and_version(session, actor(), entry_id, version_id=version.id)
    return raw_json(_entry_json(found))


@bp.post("/versions/<id:version_id>/transitions/<key:key>")
@needs(SUBMIT, REVIEW)
@describes(_("版本的一步：提交、发布、退回"), body=VersionStep(), answer=StepAnswer())
def move_version(version_id: str, key: str) -> Response:
    """Fires a transition of a version."""
    body = read_body(VersionStep())
    with unit_of_work(runtime(), actor()) as uow:
        version = review.move_version(
            uow, version_id=version_id, key=key, comment=body["comment"], seen=body["sha256"]
        )
    actions = [c.key for c in available(VERSION_WORKFLOW, version, actor())]
    return answer({"id": version.id, "state": version.status, "actions": actions})


@bp.post("/<id:entry_id>/transitions/<key:key>")
@needs(SUSPEND, WITHDRAW)
@describes(_("目录的一步：暂停、恢复、撤销"), body=Step(), answer=StepAnswer())
def move_entry(entry_id: str, key: str) -> Response:
    """Fires a transition of an entry."""
    comment = read_body(Step())["comment"]
    with unit_of_work(runtime(), actor()) as uow:
        moved = review.move_entry(uow, entry_id=entry_id, key=key, comment=comment)
    actions = [c.key for c in available(STANDING_WORKFLOW, moved, actor())]
    return answer({"id": moved.id, "state": moved.standing, "actions": actions})


@bp.post("/versions/transitions/<key:key>")
@needs(SUBMIT, REVIEW)
@describes(_("多个版本的同一步：提交、发布、退回"), body=VersionSteps(), answer=StepsAnswer())
def move_versions(key: str) -> Response:
    """Fires a transition of several versions, each in a unit of work of its own."""
    body = read_body(VersionSteps())
    return _outcomes(
        review.move_versions(
            runtime(),
            actor(),
            version_ids=body["ids"],
            key=key,
            comment=body["comment"],
            seen=body["sha256"],
        )
    )


@bp.post("/transitions/<key:key>")
@needs(SUSPEND, WITHDRAW)
@describes(_("多条目录的同一步：暂停、恢复、撤销"), body=Steps(), answer=StepsAnswer())
def move_entries(key: str) -> Response:
    """Fires a transition of several entries, each in a unit of work of its own."""
    body = read_body(Steps())
    return _outcomes(
        review.move_entries(
            runtime(), actor(), entry_ids=body["ids"], key=key, comment=body["comment"]
        )
    )


def _outcomes(found: list[review.Outcome]) -> Response:
    rows = [
        {"id": o.id, "title": o.title, "error": str(o.error) if o.error else None} for o in found
    ]
    return answer({"outcomes": rows})


def _entry_json(found: queries.EntryAndVersion) -> str:
    """The answer, with the stored document put in as it is: it is canonical JSON already."""
    head: dict[str, Any] = {
        "id": found.id,
        "code": found.code,
        "unit_id": found.unit_id,
        "unit_name": found.unit_name,
        "region_code": found.region_code,
        "standing": found.standing,
        "timeliness": found.timeliness,
        "version": found.number,
        "version_id": found.version_id,
        "version_status": found.status,
        "revision": found.revision,
        "sha256": found.sha256,
        "metadata_changed_at": found.metadata_changed_at.isoformat(),
        "actions": found.actions(actor()),
    }
    document = shown(found.document, actor(), sees_work=may_see_work(actor(), found))
    return f'{json.dumps(head, ensure_ascii=False)[:-1]}, "document": {document}}}'
