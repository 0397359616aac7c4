"""Databases of their own on the PostgreSQL server of the suite."""

from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError


def drop_database(connection: Connection, name: str) -> None:
    """Drops a database with whatever is connected to it; `connection` commits by itself."""
    try:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    except ProgrammingError:  # the server's own cleaner is there: a plain DROP sends it away
        connection.execute(text(f"DROP DATABASE {name}"))
