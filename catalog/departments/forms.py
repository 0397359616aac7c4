"""The representative's form: between what a browser sends and what the schema takes."""

from collections.abc import Mapping
from typing import Any

from portal.kernel.text import Text, _

LABELS: Mapping[str, Text] = {
    "name": _("姓名"),
    "post": _("职务"),
    "office_phone": _("办公电话"),
    "appointing_document": _("任命文件"),
    "term_from": _("任期起"),
    "term_to": _("任期止"),
    "is_deputy": _("登记为副代表"),
    "liaison": _("联络员"),
    "user_id": _("门户账号"),
    "ended_on": _("卸任日期"),
}
OPTIONAL = frozenset({"term_to", "liaison", "user_id", "replaces"})
SENT = ("name", "post", "office_phone", "appointing_document", "term_from", *sorted(OPTIONAL))


def appointment_values(form: Mapping[str, str]) -> dict[str, Any]:
    """What the form says, as the schema takes it; an empty field is not stated."""
    values: dict[str, Any] = {key: " ".join(form.get(key, "").split()) for key in SENT}
    for key in OPTIONAL:
        values[key] = values[key] or None
    return {**values, "is_deputy": form.get("is_deputy") == "1"}


def end_values(form: Mapping[str, str]) -> dict[str, Any]:
    """The day on which a term ended."""
    return {"ended_on": form.get("ended_on") or None}


def typed(form: Mapping[str, str] | None) -> dict[str, str]:
    """What the fields show: what was typed, so that nothing is lost."""
    return {key: (form or {}).get(key, "") for key in (*SENT, "is_deputy")}
