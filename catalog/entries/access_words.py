"""One sentence that says how this visitor gets the data."""

import json
from typing import Any

from catalog.entries.rules import Document, canonical
from portal.kernel.access import Actor
from portal.kernel.text import Text, _


def how_to_get(view: Any, actor: Actor) -> Text:
    """Here, after sign-in, on request, from whom; for the visitor that asks.

    What is withheld comes first: whether there is a resource makes no difference then.
    """
    entry, unit = view.entry, view.unit_name
    withheld = entry.share_type if actor.is_government else entry.open_type
    if withheld == "withheld" and not view.sees_work:
        if actor.is_government:
            return _("不予共享：%(unit)s依据法律法规不提供这项数据，依据见“共享属性”。", unit=unit)
        return _("这项数据不向社会开放。")
    if entry.resource_count == 0:
        return _("这条目录还没有挂接数据资源。需要数据时请联系%(unit)s。", unit=unit)
    if not any(resource.address or resource.table for resource in view.resources):
        return _("数据资源还没有登记地址。需要数据时请联系%(unit)s。", unit=unit)
    if view.sees_work:
        return _("您编制或审核这条目录，可以看到下面全部数据资源的地址；使用数据另按共享属性办理。")
    return (_for_departments if actor.is_government else _for_society)(entry, unit, actor)


def _for_departments(entry: Any, unit: str, _actor: Actor) -> Text:
    if entry.share_type == "conditional":
        return _(
            "有条件共享：向%(unit)s提出共享申请，说明用途和依据，对方在 10 个工作日内答复。",
            unit=unit,
        )
    if entry.share_type == "unconditional":
        return _("无条件共享：您所在单位可以直接使用下面的数据资源。")
    return _("共享类型未注明。使用前请联系%(unit)s确认。", unit=unit)


def _for_society(entry: Any, unit: str, actor: Actor) -> Text:
    conditional = entry.open_type == "conditional"
    if entry.open_access == "application" or (conditional and entry.open_access != "sign_in"):
        return _("有条件开放：请联系%(unit)s提出申请，说明用途和保护措施。", unit=unit)
    if entry.open_type not in ("conditional", "unconditional"):
        return _("开放类型未注明。使用前请联系%(unit)s确认。", unit=unit)
    if entry.open_access == "sign_in":
        return _AFTER_SIGN_IN[conditional, actor.id is not None]
    return _("无条件开放：任何人都可以直接获取下面的数据资源，使用时请注明来源和更新日期。")


# Whether there are conditions, and whether the visitor has signed in.
_AFTER_SIGN_IN = {
    (True, True): _("有条件开放：您已登录，请按“开放属性”写明的条件使用下面的数据资源。"),
    (True, False): _("有条件开放：登录后按“开放属性”写明的条件获取下面的数据资源。"),
    (False, True): _("您已登录，可以直接获取下面的数据资源，使用时请注明来源和更新日期。"),
    (False, False): _("登录后即可获取下面的数据资源。"),
}


def may_get(document: Document, actor: Actor, *, sees_work: bool) -> bool:
    """Whether the visitor sees the addresses of a document's resources; see `how_to_get`."""
    if sees_work:
        return True
    if actor.is_government:
        return document.get("share_type") in (None, "unconditional")
    access, signed_in = document.get("open_access"), actor.id is not None
    if document.get("open_type") == "conditional":
        return access == "sign_in" and signed_in
    if document.get("open_type") != "unconditional" or access == "application":
        return False
    return access != "sign_in" or signed_in


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
