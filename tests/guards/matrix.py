"""Who may call which route: every persona against every route, as one table of letters.

`python -m tests.guards.matrix` writes what is now; a person reviews the difference before it is
committed. o = let in, s = told to sign in, x = refused.
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from flask import Flask, g

from auth import queries as auth_queries
from portal import app as portal_app
from portal.commands.setting_up import prepare
from portal.demo import reader
from portal.demo.load import load_sample
from portal.kernel.access import Person
from portal.kernel.errors import Refused
from portal.web.access import SignInNeeded, access_of, check
from portal.web.sessions import SignedIn
from tests.world import close, settings_in

TABLE = Path(__file__).with_name("matrix.txt")
NOBODY = "nobody"


def personas() -> list[str]:
    """The sample people by account name, with nobody first."""
    return [NOBODY, *(persona.username for persona in reader.personas().personas)]


def letters(app: Flask, people: Mapping[str, Person]) -> dict[str, str]:
    """For each route and method the letters of all personas, in their order."""
    found = {}
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            access = access_of(app.view_functions[rule.endpoint])
            if access is not None:
                cells = "".join(_letter(app, access, people.get(name)) for name in personas())
                found[f"{method} {rule.rule}"] = cells
    return found


def _letter(app: Flask, access: object, person: Person | None) -> str:
    with app.test_request_context("/"):
        if person is not None:
            g.signed_in_as = SignedIn(person, "", "", "zh", "light", "", ())
        try:
            check(access)  # type: ignore[arg-type]
        except SignInNeeded:
            return "s"
        except Refused:
            return "x"
        return "o"


def written(table: Mapping[str, str]) -> str:
    """The table as the file holds it."""
    width = max(map(len, table)) + 2
    head = [f"# {number:2} {name}" for number, name in enumerate(personas())]
    rows = [f"{route:<{width}}{cells}" for route, cells in sorted(table.items(), key=_by_path)]
    return "\n".join([*head, *rows]) + "\n"


def read() -> dict[str, str]:
    """The reviewed table."""
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    rows = (line.rsplit(None, 1) for line in lines if line and not line.startswith("#"))
    return {route.strip(): cells for route, cells in rows}


def _by_path(row: tuple[str, str]) -> tuple[str, str]:
    method, _space, path = row[0].partition(" ")
    return path, method


def main() -> None:
    """Writes the table of today over the reviewed one."""
    with tempfile.TemporaryDirectory() as folder:
        runtime = portal_app.open_runtime(settings_in(Path(folder)))
        prepare(runtime)
        load_sample(runtime)
        with runtime.database.reading() as session:
            people = {n: auth_queries.person_named(session, n) for n in personas()[1:]}
        app = portal_app.create_app(runtime=runtime)
        TABLE.write_text(written(letters(app, people)), encoding="utf-8")
        close(runtime)


if __name__ == "__main__":
    main()
