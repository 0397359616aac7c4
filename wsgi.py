"""The WSGI application, for servers that want a module."""

from portal.app import create_app

app = create_app()
