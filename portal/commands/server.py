"""The web server: the application is made once, then shared by its workers."""

import os
import resource
import socket

from flask import Flask
from granian import Granian
from granian.constants import Interfaces

from portal.app import create_app
from portal.commands.fork import end_with, settle
from portal.commands.listening import address
from portal.kernel.errors import Unavailable
from portal.kernel.runtime import Runtime
from portal.kernel.settings import Settings
from portal.kernel.text import _
from search import analysis

FRAME = (
    "layout",
    "parts/masthead",
    "parts/navigation",
    "parts/footer",
    "parts/places",
    "parts/icon",
)
CONNECTIONS = 2048  # open ones of one worker, idle ones too: a browser keeps six of them
THREADS = 8  # a save that waits for the database must not keep pages from being read
SPARE_FILES = 512
STOP_SECONDS = 10


def application(runtime: Runtime) -> Flask:
    """The application, with what every page needs read already: the frame, and the words.

    They take a third of a second and some tens of megabytes: here once, for all workers.
    Neither the database nor the index is touched, for an open one must not cross a fork.
    """
    app = create_app(runtime=runtime)
    analysis.words("")
    with app.app_context():
        for name in FRAME:
            app.jinja_env.get_template(f"{name}.html")
    return app


def serve(app: Flask, settings: Settings) -> None:
    """Serves until SIGTERM or SIGINT. Raises Unavailable when workers die again and again."""
    parent = os.getpid()

    def in_worker() -> Flask:
        end_with(parent)
        return app

    settle()
    _allow_files(CONNECTIONS + SPARE_FILES)
    host, port = address(settings.bind)
    server = Granian(
        "",
        address=str(socket.getaddrinfo(host, port)[0][4][0]),  # it takes numbers only
        port=port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        blocking_threads=THREADS,
        backlog=CONNECTIONS,
        backpressure=CONNECTIONS,  # beyond it nobody is heard
        log_enabled=False,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
    )
    try:
        server.serve(target_loader=in_worker, wrap_loader=False)
    except SystemExit as error:
        if error.code:
            raise Unavailable(_("网页进程反复意外结束，已停止。原因见上面的日志。")) from error


def _allow_files(wanted: int) -> None:
    """A connection is an open file; as many as the system lets us have without asking."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))
