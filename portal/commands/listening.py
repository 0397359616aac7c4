"""What must hold before a server listens: a free address, and the files that pages need."""

import socket
from pathlib import Path

from portal.commands.failures import reason
from portal.kernel.errors import Unavailable
from portal.kernel.text import _

ROOT = Path(__file__).resolve().parent.parent.parent
ASSETS = ("designsystemet/designsystemet.css", "designsystemet/theme.css", "htmx/htmx.min.js")


def address(bind: str) -> tuple[str, int]:
    """Host and port of a bind address; an IPv6 one stands in brackets."""
    host, _colon, port = bind.rpartition(":")
    return host.removeprefix("[").removesuffix("]"), int(port)


def refuse_taken_port(bind: str) -> None:
    """Raises Unavailable with a sentence when we cannot listen there, and says why."""
    host, port = address(bind)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            raise Unavailable(
                _(
                    "不能监听 %(bind)s：%(reason)s。"
                    "请停止占用的程序，或用 PORTAL_BIND 换地址和端口。",
                    bind=bind,
                    reason=reason(error) if isinstance(error, OSError) else _("没有这样的端口"),
                )
            ) from error


def refuse_missing_assets() -> None:
    """Raises Unavailable rather than serve unstyled pages."""
    vendor = ROOT / "portal" / "static" / "vendor"
    missing = [name for name in ASSETS if not (vendor / name).exists()]
    if missing:
        raise Unavailable(
            _("缺少网页资源 %(names)s。请运行 make setup。", names="、".join(missing))
        )
