"""Reads of the category tree."""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog.entries.models import Category, Entry
from catalog.entries.rules import SEPARATOR
from catalog.entries.visibility import findable
from catalog.entries.vocabulary import GROUPS
from portal.kernel.access import Actor
from portal.kernel.errors import missing
from portal.kernel.text import _

MOST_CHILDREN = 500
PATHS_SHOWN = 30
MOST_WORDS = 8
_GROUP = 2  # the level of a group (项)


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


def upper_paths(session: Session) -> list[str]:
    """The paths of all classes (类) and groups (项), those of the guide first; one statement."""
    of_guide = [
        path
        for name, groups in GROUPS.items()
        for path in (name, *(f"{name}{SEPARATOR}{group}" for group in groups))
    ]
    query = select(Category.path).where(Category.level <= _GROUP).order_by(Category.prefix)
    return list(dict.fromkeys([*of_guide, *session.scalars(query)]))


def paths_like(session: Session, text: str) -> list[str]:
    """Paths that hold all words of a text, the shortest first; one statement."""
    words = text.replace(SEPARATOR, " ").split()
    query = (
        select(Category.path)
        .where(*(Category.path.contains(word, autoescape=True) for word in words[:MOST_WORDS]))
        .order_by(Category.level, Category.prefix, Category.path)
        .limit(PATHS_SHOWN)
    )
    return list(session.scalars(query))


def ancestors(session: Session, of: Category) -> list[Category]:
    """The nodes above one, from the top."""
    names = of.path.split(SEPARATOR)
    paths = [SEPARATOR.join(names[:n]) for n in range(1, len(names))]
    query = select(Category).where(Category.path.in_(paths)).order_by(Category.level)
    return list(session.scalars(query)) if paths else []


def branches(session: Session, actor: Actor, *, parent_id: str | None) -> list[Branch]:
    """The children of a node (or the top), each with the entries below it; two statements."""
    return _tree(session, actor).get(parent_id, [])[:MOST_CHILDREN]


def groups(session: Session, actor: Actor) -> list[tuple[Branch, list[Branch]]]:
    """The classes (类) with the groups (项) of each; two statements."""
    tree = _tree(session, actor)
    return [(each, tree.get(each.id, [])[:MOST_CHILDREN]) for each in tree.get(None, [])]


def _tree(session: Session, actor: Actor) -> dict[str | None, list[Branch]]:
    """All nodes by their parents.

    Entries are counted once for each category and summed up here: a database that joins every
    node with all that is below it takes seconds for what this does in milliseconds.
    """
    c = Category
    nodes = session.execute(
        select(c.id, c.parent_id, c.name, c.prefix, c.path, c.level).order_by(c.prefix, c.segment)
    ).all()
    # Hidden from the planner: by the index on categories it would fetch every entry one by one.
    owner = func.coalesce(Entry.category_id, "")
    counted = select(owner, func.count()).where(findable(actor)).group_by(owner)
    counts: Counter[str] = Counter()
    for category_id, number in session.execute(counted):
        counts[category_id] = number
    children: Counter[str] = Counter(node.parent_id for node in nodes if node.parent_id)
    for node in sorted(nodes, key=lambda each: -each.level):
        if node.parent_id:
            counts[node.parent_id] += counts[node.id]
    tree: dict[str | None, list[Branch]] = {}
    for node in nodes:
        tree.setdefault(node.parent_id, []).append(
            Branch(
                id=node.id,
                name=node.name,
                prefix=node.prefix,
                path=node.path,
                level=node.level,
                count=counts[node.id],
                children=children[node.id],
            )
        )
    return tree
