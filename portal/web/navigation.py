"""The main navigation: what the features announce, by role."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import current_app, request

from portal.kernel.feature import Navigation
from portal.kernel.text import Text
from portal.web.context import actor, runtime

COUNTERS = "portal.counters"


@dataclass(frozen=True, slots=True)
class Item:
    """One link of the navigation, as the asker sees it."""

    label: Text
    path: str
    current: bool
    counter: str | None
    count: int


@dataclass(frozen=True, slots=True)
class Bar:
    """Work items first, then what everybody sees."""

    work: tuple[Item, ...]
    public: tuple[Item, ...]


def navigation() -> Bar:
    """The asker's navigation; no statement but those of the counters."""
    shown = sorted(
        (item for feature in runtime().features for item in feature.navigation if _shown(item)),
        key=lambda item: item.order,
    )
    return Bar(
        work=tuple(_item(item) for item in shown if item.area == "work"),
        public=tuple(_item(item) for item in shown if item.area == "public"),
    )


def _shown(item: Navigation) -> bool:
    if item.area == "work" and actor().id is None:
        return False
    return item.permission is None or actor().may(item.permission)


def _item(item: Navigation) -> Item:
    from portal.web.pages import path  # noqa: PLC0415  pages gives this function to templates

    target = path(item.endpoint)
    counters: dict[str, Callable[[], int]] = current_app.extensions[COUNTERS]
    counter = counters.get(item.counter or "")
    return Item(
        label=item.label,
        path=target,
        current=request.path == target or request.path.startswith(target.rstrip("/") + "/"),
        counter=item.counter,
        count=counter() if counter else 0,
    )
