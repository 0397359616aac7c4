"""What the cells of an entry mean together: open and share types, and what is no category."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from catalog.entries import codelists as codes
from catalog.entries.imports import vocabulary_values as words
from catalog.entries.imports.normalise.readings import as_texts
from catalog.entries.imports.normalise.topics import theme_of
from catalog.entries.rules import category_path
from catalog.entries.vocabulary import CLASSES
from portal.kernel.text import Text, _

_STRICTNESS = {"unconditional": 0, "conditional": 1, "withheld": 2}
_LONGEST_TOPIC, _MOST_TOPICS, _MOST_NAMED = 100, 50, 5
Remark = tuple[str, str, Text]  # field, value as it was said, sentence


def settle(document: dict[str, Any], items: Sequence[dict[str, Any]]) -> None:
    """Settles in place what one cell alone could not tell."""
    _settle_open_type(document)
    _settle_share_type(document, items)
    _settle_category(document)


def remarks(values: Mapping[str, Any], items: Sequence[Mapping[str, Any]]) -> Iterator[Remark]:
    """What people should know of that settling; asked before it is done."""
    path = _no_category(values)
    if path:
        said = _(
            "这不是信息资源分类：分类要从“%(classes)s”之一写起。已作为主题词保留，可以据此查找。",
            classes="”“".join(CLASSES),
        )
        yield "category", "/".join(path), said
    stated, own = values.get("share_type"), [i["share_type"] for i in items if "share_type" in i]
    if own and not stated:
        said = _(
            "目录没有写共享类型，已按信息项中最严的“%(kind)s”记录。请核对。",
            kind=codes.SHARE_TYPES.values[_strictest(own)],
        )
        yield "share_type", "", said
        stated = _strictest(own)
    looser = [str(i["name"]) for i in items if _is_looser(i.get("share_type"), stated)]
    if looser:
        names = "”“".join(looser[:_MOST_NAMED]) + ("…" if len(looser) > _MOST_NAMED else "")
        said = _(
            "信息项“%(names)s”的共享类型比目录的“%(kind)s”宽松，都按原样记录；不改一致就不能发布。",
            names=names,
            kind=codes.SHARE_TYPES.values[str(stated)],
        )
        yield "share_type", "", said


def _is_looser(kind: Any, stated: Any) -> bool:
    return kind in _STRICTNESS and _STRICTNESS[kind] < _STRICTNESS.get(stated, 0)


def _strictest(kinds: Sequence[str]) -> str:
    return max(kinds, key=lambda kind: _STRICTNESS[kind])


def _settle_open_type(document: dict[str, Any]) -> None:
    """A mere yes to being open means conditional where a condition is given."""
    said_open = document.pop("open", False)
    if said_open and "open_type" not in document:
        conditional = bool(document.get("open_condition"))
        document["open_type"] = "conditional" if conditional else "unconditional"
    if document.get("open_type") == "withheld":
        document.pop("open_access", None)


def _settle_share_type(document: dict[str, Any], items: Sequence[dict[str, Any]]) -> None:
    """The entry has what it says itself, else the strictest of its items; others keep their own.

    Forms write the basis of a refusal in the column of the condition.
    """
    own = [item["share_type"] for item in items if "share_type" in item]
    if own and not document.get("share_type"):
        document["share_type"] = _strictest(own)
    for item in items:
        if item.get("share_type") == document.get("share_type"):
            item.pop("share_type", None)
    if document.get("share_type") == "withheld" and "share_basis" not in document:
        condition = document.pop("share_condition", None)
        if condition:
            document["share_basis"] = condition


def _no_category(values: Mapping[str, Any]) -> list[str]:
    """The path of categories, where it begins with none of the three classes."""
    path: list[str] = values.get("category") or []
    return path if path and category_path(path)[0] not in CLASSES else []


def _settle_category(document: dict[str, Any]) -> None:
    """What is no place in the tree is a topic, and a theme where the list has its words."""
    path = _no_category(document)
    if not path:
        return
    del document["category"]
    topics = document.setdefault("source_topics", [])
    themes = document.get("themes", [])
    for name in path:
        said = name[:_LONGEST_TOPIC]
        if said not in topics and len(topics) < _MOST_TOPICS:
            topics.append(said)
        for text in (name, *as_texts(name, words.LIST_SIGNS)):
            themes = [*themes, *(key for key in theme_of(text) if key not in themes)]
    if themes:
        document["themes"] = themes
