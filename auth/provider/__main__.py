"""`python -m auth.provider`: the local provider as a process."""

import os
import sys
from pathlib import Path

from auth.provider.app import create_provider
from auth.provider.personas import personas_of
from auth.provider.serve import serve
from portal.kernel import logs, text
from portal.kernel.db import Database
from portal.kernel.errors import PortalError
from portal.kernel.settings import from_environment


def main() -> int:
    """Reads the settings, asks the portal's tables for the demo's people, and serves."""
    try:
        settings = from_environment(os.environ)
        logs.set_up(secrets=settings.secrets(), level=settings.log_level)
        text.load_catalogs((Path(__file__).resolve().parent.parent / "en.po",))
        database = Database(settings.database)
        people = personas_of(database)
        database.close()
        serve(create_provider(settings, people), settings)
    except PortalError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
