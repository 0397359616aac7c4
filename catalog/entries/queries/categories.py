"""Reads of the category tree."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from catalog.entries.models import Category, Entry
from catalog.entries.rules import SEPARATOR
from catalog.entries.visibility import findable
from portal.kernel.access import Actor
from portal.kernel.errors import missing
from portal.kernel.text import _

MOST_CHILDREN = 500


@dataclass(frozen=True, slots=True)
class Branch:
    """A node below the one that is shown; `count` includes everything below it."""

    id: str
    name: str
    prefix: str
    path: str
    level: int
    count: int
    children: int


def node(session: Session, category_id: str) -> Category | None:
    """One node of the tree."""
    return session.get(Category, category_id)


def known(session: Session, category_id: str) -> Category:
    """One node of the tree; raises NotFound."""
    found = node(session, category_id)
    if found is None:
        raise missing(_("这个分类"))
    return found


def ancestors(session: Session, of: Category) -> list[Category]:
    """The nodes above one, from the top."""
    names = of.path.split(SEPARATOR)
    paths = [SEPARATOR.join(names[:n]) for n in range(1, len(names))]
    query = select(Category).where(Category.path.in_(paths)).order_by(Category.level)
    return list(session.scalars(query)) if paths else []


def branches(session: Session, actor: Actor, *, parent_id: str | None) -> list[Branch]:
    """The children of a node (or the top), each with the entries below it; two statements."""
    child = aliased(Category)
    below = aliased(Category)
    owner = child.parent_id.is_(None) if parent_id is None else child.parent_id == parent_id
    counts = (
        select(child.id, func.count(Entry.id))
        .join(
            below,
            (below.path == child.path)
            | below.path.startswith(child.path + SEPARATOR, autoescape=False),
        )
        .join(Entry, Entry.category_id == below.id)
        .where(owner, findable(actor))
        .group_by(child.id)
    )
    grown = aliased(Category)
    rows = (
        select(child, func.count(grown.id))
        .outerjoin(grown, grown.parent_id == child.id)
        .where(owner)
        .group_by(child.id)
        .order_by(child.segment)
        .limit(MOST_CHILDREN)
    )
    entries = {row[0]: row[1] for row in session.execute(counts)}
    return [
        Branch(c.id, c.name, c.prefix, c.path, c.level, entries.get(c.id, 0), n)
        for c, n in session.execute(rows)
    ]
