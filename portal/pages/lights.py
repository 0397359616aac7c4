"""The four lights on top of the operations page."""

from datetime import timedelta
from typing import Any

from portal.kernel.text import Text, _
from portal.pages.health import Index, Report
from portal.web.filters import duration, number

SLOW, STUCK = timedelta(minutes=1), timedelta(minutes=10)
SILENCE = timedelta(minutes=30)


def lights(found: Report) -> list[dict[str, Any]]:
    """The four lights on top of the page."""
    return [_backlog_light(found), _dead_light(found), _jobs_light(found), _index_light(found)]


def _backlog_light(found: Report) -> dict[str, Any]:
    since = min((lag.since for lag in found.lags if lag.since is not None), default=None)
    age = found.at - since if since is not None else timedelta()
    state = "over" if age > STUCK else "due" if age > SLOW else "ok"
    return {
        "key": "backlog",
        "state": state,
        "label": _("待处理事件"),
        "number": _("%(n)s 件", n=number(found.waiting)),
        "note": _("最早的已等 %(age)s", age=duration(age)) if since is not None else _("没有积压"),
        "link": _("按处理程序查看"),
        "href": "#handlers" if found.lags else None,
    }


def _dead_light(found: Report) -> dict[str, Any]:
    return {
        "key": "dead",
        "state": "over" if found.dead else "ok",
        "label": _("失败事件"),
        "number": _("%(n)s 件", n=number(found.dead)),
        "note": None if found.dead else _("没有失败"),
        "link": _("查看并重试"),
        "href": "#letters" if found.dead else None,
    }


def _jobs_light(found: Report) -> dict[str, Any]:
    failed = sum(line.failed for line in found.jobs)
    running = sum(line.running for line in found.jobs)
    silent = found.quiet_since is None or found.at - found.quiet_since > SILENCE
    note = _("%(n)s 个任务，正在运行 %(running)s 个", n=len(found.jobs), running=running)
    if silent:
        note = _("30 分钟内没有任务开始，请检查调度进程")
    return {
        "key": "jobs",
        "state": "over" if failed else "due" if silent else "ok",
        "label": _("定时任务"),
        "number": _("%(n)s 个失败", n=failed),
        "note": note,
        "link": _("查看任务"),
        "href": "#jobs",
    }


def _index_light(found: Report) -> dict[str, Any]:
    index = found.index
    if index is None:
        return {
            "key": "index",
            "state": "hold",
            "label": _("检索索引"),
            "number": "–",
            "note": _("没有安装检索"),
        }
    held, expected = number(index.health.documents), number(index.expected)
    equal = index.health.documents == index.expected
    counts = _("%(held)s = %(expected)s", held=held, expected=expected)
    if not equal:
        counts = _("%(held)s / %(expected)s", held=held, expected=expected)
    return {
        "key": "index",
        "state": _index_state(found, index),
        "label": _("检索索引"),
        "number": counts,
        "note": _index_note(found, index),
        "link": _("查看索引"),
        "href": "#index",
    }


def _index_state(found: Report, index: Index) -> str:
    if found.problems or not index.is_well:
        return "hold" if index.is_not_needed and not found.problems else "over"
    return "ok" if index.health.documents == index.expected else "due"


def _index_note(found: Report, index: Index) -> Text:
    if found.problems:
        return found.problems[0]
    return _("索引中的条数与应有的条数") if index.is_well else index.words
