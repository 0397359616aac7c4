"""One table from failures to pages, fragments and problem+json."""

import logging
from typing import Any

from flask import Flask, Response, jsonify, make_response, request
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from portal.kernel.db import is_full
from portal.kernel.errors import Conflict, Invalid, PortalError, TooMany, Unavailable
from portal.kernel.logs import request_id
from portal.kernel.text import Text, _
from portal.kernel.uow import DISK_IS_FULL
from portal.web.access import SignInNeeded
from portal.web.htmx import wants_fragment
from portal.web.pages import render

log = logging.getLogger("portal.web")
API = "/api/"
LONGEST_DETAIL = 500

TITLES: dict[int, Text] = {
    400: _("请求不完整"),
    401: _("请先登录"),
    403: _("没有权限"),
    404: _("没有找到"),
    405: _("不支持这种操作"),
    409: _("现在不能这样办"),
    410: _("已不再公开"),
    413: _("内容太大"),
    414: _("网址太长"),
    415: _("不支持这种内容"),
    422: _("内容有误"),
    429: _("请求太频繁"),
    431: _("请求头太多"),
    500: _("服务出错"),
    503: _("服务暂时不可用"),
}
_HTTP_SENTENCES: dict[int, Text] = {
    400: _("请求的内容不完整或格式不对。请返回上一页重试。"),
    404: _("没有这个地址。请核对网址，或从首页重新查找。"),
    405: _("这个地址不支持这种操作。请从页面上的按钮操作。"),
    413: _("上传的内容超过上限。请拆分后再传。"),
    414: _("网址超过 8,192 个字符。请减少筛选条件，或从首页重新查找。"),
    415: _("请求的内容类型不对。请按接口说明发送。"),
    431: _("请求头超过 64 行。请检查程序或代理的设置。"),
}


def set_up(app: Flask) -> None:
    """Every failure ends here; none shows the insides."""
    app.register_error_handler(PortalError, _portal_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(OperationalError, _database_error)
    app.register_error_handler(Exception, _unforeseen)


def is_api() -> bool:
    """Whether the asker is a program."""
    return request.path.startswith(API)


def answer(status: int, message: Text, *, error: PortalError | None = None) -> Response:
    """The failure as the asker can read it."""
    if is_api():
        response = _problem(status, message, error)
    elif wants_fragment():
        response = render("_failure.html", status, **_values(status, message, error))
    else:
        response = render("failure.html", status, **_values(status, message, error))
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _title(status: int, error: PortalError | None) -> Text:
    if isinstance(error, Conflict) and error.detail:
        return _("内容已被别人改过")
    return TITLES.get(status, TITLES[500])


def _values(status: int, message: Text, error: PortalError | None) -> dict[str, Any]:
    return {
        "status": status,
        "title": _title(status, error),
        "message": message,
        "rule": error.rule if error else None,
        "fields": error.fields if isinstance(error, Invalid) else {},
        "request_id": request_id(),
        "sign_in": status == 401,  # noqa: PLR2004
        "most": request.max_content_length,
    }


def _problem(status: int, message: Text, error: PortalError | None) -> Response:
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": str(_title(status, error)),
        "status": status,
        "detail": str(message),
        "instance": request.path,
        "request_id": request_id(),
    }
    if error is not None and error.rule:
        body["rule"] = error.rule
    if isinstance(error, Invalid) and error.fields:
        body["fields"] = {k: [str(m) for m in v] for k, v in error.fields.items()}
    if isinstance(error, Conflict) and error.detail:
        body["conflict"] = error.detail
    response = make_response(jsonify(body), status)
    response.headers["Content-Type"] = "application/problem+json"
    return response


def _portal_error(error: PortalError) -> Response:
    told = {"status": error.status, "path": request.path}
    if isinstance(error, Unavailable) and error.detail:
        told["detail"] = str(error.detail)[:LONGEST_DETAIL]
    log.info("request.refused", extra=told)
    if isinstance(error, SignInNeeded) and request.method == "GET" and not is_api():
        return answer(401, error.message, error=error)
    return answer(error.status, error.message, error=error)


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    if isinstance(error, RequestEntityTooLarge):
        status = 413
    if status in (301, 302, 303, 307, 308):
        return make_response(error.get_response())
    return answer(status, _HTTP_SENTENCES.get(status, _HTTP_SENTENCES[400]))


def _database_error(error: OperationalError) -> Response:
    log.error("database.unavailable", exc_info=error)
    if is_full(error):
        return answer(503, DISK_IS_FULL)
    return answer(503, _("数据库暂时没有应答。请稍后再试；已经保存的内容不受影响。"))


def _unforeseen(error: Exception) -> Response:
    log.error("request.failed", exc_info=error, extra={"path": request.path})
    return answer(500, _("服务出错，已记录。报告问题时请提供编号 %(id)s。", id=request_id() or "-"))
