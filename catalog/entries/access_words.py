"""One sentence that says how this visitor gets the data."""

import json
from typing import Any

from catalog.entries.rules import Document, canonical
from portal.kernel.access import Actor
from portal.kernel.text import Text, _


def how_to_get(view: Any, actor: Actor) -> Text:
    """Here, after sign-in, on request, from whom; for the visitor that asks."""
    entry, unit = view.entry, view.unit_name
    if entry.resource_count == 0:
        return _("这条目录还没有挂接数据资源。需要数据时请联系%(unit)s。", unit=unit)
    if not any(resource.address or resource.table for resource in view.resources):
        return _("数据资源还没有登记地址。需要数据时请联系%(unit)s。", unit=unit)
    if actor.is_government:
        return _for_departments(entry, unit)
    return _for_society(entry, unit, actor)


def _for_departments(entry: Any, unit: str) -> Text:
    if entry.share_type == "conditional":
        return _(
            "有条件共享：向%(unit)s提出共享申请，说明用途和依据，对方在 10 个工作日内答复。",
            unit=unit,
        )
    if entry.share_type == "withheld":
        return _("不予共享：%(unit)s依据法律法规不提供这项数据，依据见“共享属性”。", unit=unit)
    if entry.share_type == "unconditional":
        return _("无条件共享：您所在单位可以直接使用下面的数据资源。")
    return _("共享类型未注明。使用前请联系%(unit)s确认。", unit=unit)


def _for_society(entry: Any, unit: str, actor: Actor) -> Text:
    if entry.open_type == "withheld":
        return _("这项数据不向社会开放。")
    if entry.open_access == "application" or entry.open_type == "conditional":
        return _("有条件开放：请联系%(unit)s提出申请，说明用途和保护措施。", unit=unit)
    if entry.open_access == "sign_in" and actor.id is None:
        return _("登录后即可获取下面的数据资源。")
    if entry.open_type == "unconditional" or entry.open_access in ("direct", "sign_in"):
        return _("无条件开放：任何人都可以直接获取下面的数据资源，使用时请注明来源和更新日期。")
    return _("开放类型未注明。使用前请联系%(unit)s确认。", unit=unit)


def may_get(document: Document, actor: Actor, *, sees_work: bool) -> bool:
    """Whether the visitor sees the addresses of a document's resources."""
    if sees_work:
        return True
    if actor.is_government:
        return document.get("share_type") in (None, "unconditional")
    access = document.get("open_access")
    if document.get("open_type") != "unconditional" or access == "application":
        return False
    return access != "sign_in" or actor.id is not None


def shown(written: str, actor: Actor, *, sees_work: bool) -> str:
    """A stored document as the visitor may read it: without addresses that are not for them."""
    if '"address"' not in written:
        return written
    document = json.loads(written)
    if may_get(document, actor, sees_work=sees_work):
        return written
    return canonical(without_addresses(document))


def without_addresses(document: Document) -> Document:
    """The document without the addresses of its resources."""
    resources = [
        {key: value for key, value in resource.items() if key != "address"}
        for resource in document.get("resources", ())
    ]
    return {**document, "resources": resources} if resources else document
