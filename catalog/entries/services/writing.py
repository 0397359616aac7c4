"""Creating and editing entries: a new version beside the published one, never over it."""

import json
from typing import Any

from sqlalchemy import select

from auth.queries import unit_names
from catalog.entries.document import DOCUMENT
from catalog.entries.events import ENTRY, DraftSaved, EntryChanged
from catalog.entries.mistakes import mistakes
from catalog.entries.models import Entry, EntryVersion
from catalog.entries.permissions import EDIT
from catalog.entries.rules import (
    canonical,
    fingerprint,
    has_period,
    moment_of,
    normalised_title,
    with_ids,
)
from catalog.entries.rules import due as due_of
from catalog.entries.visibility import may_open
from portal.kernel.db import new_id
from portal.kernel.errors import Closed, Conflict, Invalid, Refused, missing
from portal.kernel.schemas import load
from portal.kernel.text import Text, _
from portal.kernel.uow import UnitOfWork
from search.names import name_key


def create_entry(
    uow: UnitOfWork, *, unit_id: str, region_code: str, document: dict[str, Any]
) -> Entry:
    """A new entry of a unit with its first draft.

    Raises Invalid with the fields that are wrong and Refused for who may not edit for the unit.
    """
    entry = Entry(
        id=new_id(),
        unit_id=unit_id,
        region_code=region_code,
        metadata_changed_at=uow.at,
        created_at=uow.at,
        created_by=uow.actor.id,
    )
    _may_edit(uow, entry)
    checked = with_ids(load(DOCUMENT, document))
    _refuse_mistakes(uow, entry, checked, {})
    version = new_version(uow, entry, checked)
    show(entry, checked)
    uow.session.add(entry)
    uow.session.flush()  # the version refers to the entry
    uow.session.add(version)
    uow.emit(EntryChanged(subject_id=entry.id))
    uow.audit("entry.created", ENTRY, entry.id, {"title": entry.title})
    return entry


def edit_entry(
    uow: UnitOfWork, *, entry_id: str, document: dict[str, Any], revision: int
) -> EntryVersion:
    """Saves an edit into the open draft, or opens one beside the published version.

    `revision` is that of the version that the editor saw. Raises Conflict with both documents when
    it has changed since, Invalid, Refused; a withdrawn entry is not edited any more.
    """
    entry = uow.lock(Entry, entry_id)
    _may_edit(uow, entry)
    seen = _seen(uow, entry)
    refuse_closed(entry, seen)
    if seen.revision != revision:
        raise Conflict(
            _("您打开之后，别人已经改过这条目录。您填写的内容都还在，请逐项选择。"),
            detail={
                "theirs": json.loads(seen.document),
                "mine": document,
                "revision": seen.revision,
            },
        )
    before = json.loads(seen.document)
    checked = with_ids(load(DOCUMENT, document), before)
    if canonical(checked) == seen.document:
        return seen
    _refuse_mistakes(uow, entry, checked, before)
    version = seen
    if seen.status == "published":
        version = new_version(uow, entry, checked)
        uow.session.add(version)
    else:
        rewrite(uow, version, checked)
    if entry.standing == "unpublished":  # else everybody still sees the published version
        show(entry, checked)
        entry.metadata_changed_at = uow.at
        uow.emit(EntryChanged(subject_id=entry.id))
    else:
        uow.emit(DraftSaved(subject_id=entry.id))
    uow.audit("entry.edited", ENTRY, entry.id, {"version": version.number})
    return version


def confirm_entry(uow: UnitOfWork, *, entry_id: str) -> Entry:
    """The unit's answer to the yearly question: an entry without a fixed cycle still holds."""
    entry = uow.lock(Entry, entry_id)
    _may_edit(uow, entry)
    if entry.standing != "published" or has_period(entry.update_cycle):
        raise Refused(_("只有已发布、没有固定更新周期的目录需要确认仍然有效。"))
    entry.confirmed_at = uow.at
    uow.emit(EntryChanged(subject_id=entry.id))
    uow.audit("entry.confirmed", ENTRY, entry.id)
    return entry


def new_version(
    uow: UnitOfWork, entry: Entry, document: dict[str, Any], *, batch_id: str | None = None
) -> EntryVersion:
    """The next draft of an entry, not yet added to the session; `document` is checked already."""
    written = canonical(document)
    entry.last_number = (entry.last_number or 0) + 1
    version = EntryVersion(
        id=new_id(),
        entry_id=entry.id,
        unit_id=entry.unit_id,
        region_code=entry.region_code,
        number=entry.last_number,
        document=written,
        sha256=fingerprint(written),
        batch_id=batch_id,
        created_at=uow.at,
        created_by=uow.actor.id,
        created_by_name=uow.actor.name,
        saved_at=uow.at,
    )
    entry.open_version_id = version.id
    return version


def rewrite(uow: UnitOfWork, version: EntryVersion, document: dict[str, Any]) -> None:
    """Writes a checked document over a draft or returned version."""
    version.document = canonical(document)
    version.sha256 = fingerprint(version.document)
    version.saved_at = uow.at


def show(entry: Entry, document: dict[str, Any]) -> None:
    """Copies into the entry's columns what lists, pages and search read of a document."""
    resources = document.get("resources", ())
    entry.title = document["title"]
    entry.title_norm = normalised_title(entry.title)
    entry.title_key = name_key(entry.title)
    entry.abstract = document.get("abstract")
    entry.share_type = document.get("share_type")
    entry.open_type = document.get("open_type")
    entry.open_access = document.get("open_access")
    entry.update_cycle = document.get("update_cycle")
    entry.security_level = document.get("security_level")
    entry.formats = formats_of(document)
    entry.themes = list(document.get("themes", ()))
    entry.item_count = len(document.get("items", ()))
    entry.resource_count = len(resources)
    entry.data_updated_at = moment_of(document.get("data_updated_at"))
    moments = due_of(entry.update_cycle, entry.data_updated_at)
    entry.soon_at, entry.overdue_at = moments.soon_at, moments.overdue_at
    entry.source_key = document.get("source_key")


def formats_of(document: dict[str, Any]) -> list[str]:
    """The formats that the resources come in, else those that the metadata states."""
    found = [r.get("format") or r["kind"] for r in document.get("resources", ())]
    stated = document.get("format_details", ())
    return sorted({str(name).lower() for name in (found or stated)})


def refuse_withdrawn(entry: Entry) -> None:
    """Nothing of a withdrawn entry is submitted or published any more; raises Closed."""
    if entry.standing == "withdrawn":
        raise Closed(_("这条目录已撤销，不能再提交或发布。需要时请新建一条。"))


def refuse_closed(entry: Entry, version: EntryVersion) -> None:
    """Raises Closed where nobody may edit now: the entry is withdrawn, or under review."""
    if entry.standing == "withdrawn":
        raise Closed(_("这条目录已撤销，不能再修改。需要时请新建一条。"))
    if version.status == "bureau_review":
        raise Closed(_("这个版本正在审核，暂不能修改。可等审核退回或发布后再改。"))


def _seen(uow: UnitOfWork, entry: Entry) -> EntryVersion:
    found = uow.session.get(EntryVersion, entry.open_version_id or entry.current_version_id)
    if found is None:
        raise Refused(_("这条目录没有可以修改的版本。"))
    return found


def _refuse_mistakes(
    uow: UnitOfWork, entry: Entry, document: dict[str, Any], before: dict[str, Any]
) -> None:
    """Raises Invalid with all that is wrong with a document that a person wrote."""
    wrong = {
        **mistakes(document),
        **_unknown_providers(uow, entry, document),
        **_unknown_related(uow, entry, document, before),
    }
    if wrong:
        raise Invalid(_("有 %(n)s 处不对，内容没有保存。", n=len(wrong)), fields=wrong)


def _unknown_related(
    uow: UnitOfWork, entry: Entry, document: dict[str, Any], before: dict[str, Any]
) -> dict[str, list[Text]]:
    """Related entries are in the catalog (guide, field 13), and none is the entry itself.

    What an import has brought along may stay.
    """
    codes = document.get("related", ())
    if not codes:
        return {}
    query = select(Entry.code).where(Entry.region_code == entry.region_code, Entry.code.in_(codes))
    known, brought = set(uow.session.scalars(query)), before.get("related", ())
    return {
        f"related.{place}": [
            _("这就是本条目录的代码。")
            if code == entry.code
            else _("没有代码为 %(code)s 的目录。", code=code)
        ]
        for place, code in enumerate(codes)
        if code == entry.code or (code not in known and code not in brought)
    }


def _unknown_providers(
    uow: UnitOfWork, entry: Entry, document: dict[str, Any]
) -> dict[str, list[Text]]:
    """The other providing units are units of ours, and none of them is the owner."""
    providers = document.get("providers", ())
    known = unit_names(uow.session, providers) if providers else {}
    return {
        f"providers.{place}": [
            _("本单位已经是提供方，不用再列。")
            if unit_id == entry.unit_id
            else _("没有编号为 %(id)s 的单位。", id=unit_id)
        ]
        for place, unit_id in enumerate(providers)
        if unit_id == entry.unit_id or unit_id not in known
    }


def _may_edit(uow: UnitOfWork, entry: Entry) -> None:
    """Raises Refused, and NotFound for an entry that the actor may not even know of."""
    if uow.actor.may(EDIT, entry):
        return
    is_new = entry.open_version_id is None and entry.current_version_id is None
    if not is_new and not may_open(uow.actor, entry):
        raise missing(_("这条目录"))
    raise Refused(_("您只能编制本单位的目录。需要时请联系目录所属单位。"))
