"""What is wrong with a document by itself: refused where a person writes it, at the field.

An import keeps what a department sent and reports it; whoever edits such an entry mends it then.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from catalog.entries.rules import moment_of
from catalog.entries.vocabulary import CLASSES, PHONE_SIGNS
from portal.kernel import clock
from portal.kernel.text import Text, _

Document = Mapping[str, Any]

_PHONE = re.compile(f"{PHONE_SIGNS}{{5,60}}")
_FEWEST_DIGITS = 3
_EMAIL = re.compile(r"[^@\s,;，；]+@[^@\s,;，；]+\.[^@\s,;，；.]+")
_NO_ADDRESSES = frozenset({"javascript", "data", "vbscript", "file", "blob", "about"})


def mistakes(document: Document) -> dict[str, list[Text]]:
    """Sentences by field path; empty where nothing is wrong."""
    found: dict[str, list[Text]] = {}
    for check in (_title, _category, _contact, _moments, _addresses, _items):
        for path, words in check(document):
            found.setdefault(path, []).append(words)
    return found


def _title(document: Document) -> Iterator[tuple[str, Text]]:
    if not any(map(str.isalnum, document["title"])):
        yield "title", _("名称里没有文字。请填写信息资源名称。")


def _category(document: Document) -> Iterator[tuple[str, Text]]:
    path = document.get("category", ())
    if path and path[0] not in CLASSES:
        words = _("分类要从“%(classes)s”之一写起，各级用“/”分开。", classes="”“".join(CLASSES))
        yield "category", words


def _contact(document: Document) -> Iterator[tuple[str, Text]]:
    phone, email = document.get("contact_phone"), document.get("contact_email")
    if phone and not _is_phone(phone):
        yield "contact_phone", _("这不像电话号码。请填写办公电话，如 0531-66600000。")
    if email and not _EMAIL.fullmatch(email):
        yield "contact_email", _("这不像电子邮箱。请填写完整的地址，如 name@example.gov.cn。")


def _is_phone(words: str) -> bool:
    digits = sum(sign.isdigit() or sign == "*" for sign in words)
    return bool(_PHONE.fullmatch(words)) and digits >= _FEWEST_DIGITS


def _moments(document: Document) -> Iterator[tuple[str, Text]]:
    start, end = moment_of(document.get("period_from")), moment_of(document.get("period_to"))
    if start and end and end < start:
        yield "period_to", _("截止时间早于起始时间。请核对两个日期。")
    updated = moment_of(document.get("data_updated_at"))
    if updated and updated.date() > clock.day_end(clock.today()).date():
        yield "data_updated_at", _("数据更新时间不能晚于今天。")


def _addresses(document: Document) -> Iterator[tuple[str, Text]]:
    said = [("source_url", document.get("source_url"))]
    said += [
        (f"resources.{place}.address", resource.get("address"))
        for place, resource in enumerate(document.get("resources", ()))
    ]
    for path, address in said:
        if address and _scheme(address) in _NO_ADDRESSES:
            yield path, _("这不是能取得数据的地址。请填写以 http 或 https 开头的地址，或存放位置。")


def _scheme(address: str) -> str:
    try:
        return urlsplit("".join(address.split())).scheme.lower()
    except ValueError:
        return ""


def _items(document: Document) -> Iterator[tuple[str, Text]]:
    """The same item twice: by name, field and table."""
    seen: dict[tuple[Any, ...], int] = {}
    for place, item in enumerate(document.get("items", ())):
        mark = tuple(item.get(key) for key in ("name", "field", "table_name"))
        first = seen.setdefault(mark, place)
        if first != place:
            words = _("与第 %(n)s 个信息项重复。请删去一个，或写明各自的字段。", n=first + 1)
            yield f"items.{place}.name", words
