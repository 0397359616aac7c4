"""Addresses of every page of the product, filled in with records of the sample data."""

from sqlalchemy import select

from catalog.entries.models import Category, Entry, EntryVersion
from portal.kernel.jobs import JobRun
from tests.guards.test_routes import rules
from tests.world import World

UNKNOWN = "00000000-0000-4000-8000-000000000000"
NOT_PAGES = (
    *("/api/", "/health/", "/robots", "/sign-in/", "/language/", "/counts/"),
    *("/search/sugg", "/catalog/categories/paths"),  # parts of a page
)


def pages(world: World) -> list[str]:
    """One address for every GET route that gives a page."""
    values = _values(world)
    found = []
    for rule in rules(world.app):
        if "GET" not in (rule.methods or set()) or rule.rule.startswith(NOT_PAGES):
            continue
        if rule.rule.endswith((".json", ".xlsx", ".csv", ".atom")):
            continue
        address = rule.rule
        for name in rule.arguments:
            start = address.index(f":{name}>")
            opening = address.rindex("<", 0, start)
            address = (
                address[:opening] + values.get(name, UNKNOWN) + address[start + len(name) + 2 :]
            )
        found.append(address)
    return sorted(found)


def _values(world: World) -> dict[str, str]:
    with world.runtime.database.reading() as session:
        entry = session.scalars(
            select(Entry)
            .where(Entry.standing == "published", Entry.open_type == "unconditional")
            .order_by(Entry.title_key, Entry.id)  # the same however many there are
        ).first()
        assert entry is not None
        waiting = select(EntryVersion.id).where(EntryVersion.status == "bureau_review")
        return {
            "entry_id": entry.id,
            "unit_id": entry.unit_id,
            "number": "1",
            "group": "entries",
            "version_id": session.scalars(waiting).first() or UNKNOWN,
            "category_id": session.scalars(select(Category.id)).first() or UNKNOWN,
            "run_id": session.scalars(select(JobRun.id)).first() or UNKNOWN,
        }
