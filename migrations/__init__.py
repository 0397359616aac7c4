"""Alembic migrations, packaged and configured in code; see `portal.kernel.schema`."""
