"""Serving the local provider on this machine until told to end."""

import logging
import signal
import threading

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from portal.kernel.errors import Unavailable
from portal.kernel.settings import Settings
from portal.kernel.text import _

log = logging.getLogger("auth.provider")


class Quiet(WSGIRequestHandler):
    """No line for each request: addresses hold codes."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002  werkzeug's name
        """Says nothing."""


def listen(app: Flask, settings: Settings) -> BaseWSGIServer:
    """A server bound to the provider's address. Raises Unavailable when the port is taken."""
    host, _colon, port = settings.provider_bind.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")  # as an IPv6 address stands in an address
    try:
        return make_server(host, int(port), app, threaded=True, request_handler=Quiet)
    except (OSError, SystemExit) as error:  # werkzeug leaves by SystemExit when the port is taken
        raise Unavailable(
            _(
                "不能监听 %(bind)s。请停止占用的程序，或用 PORTAL_BIND 换一个端口。",
                bind=settings.provider_bind,
            )
        ) from error


def serve(app: Flask, settings: Settings) -> None:
    """Serves until SIGTERM or SIGINT."""
    server = listen(app, settings)
    for number in (signal.SIGTERM, signal.SIGINT):
        # From a thread of its own: shutdown waits for the loop that runs in this one.
        signal.signal(number, lambda *_signal: threading.Thread(target=server.shutdown).start())
    log.info("provider.serving", extra={"issuer": settings.issuer})
    server.serve_forever()
    server.server_close()
