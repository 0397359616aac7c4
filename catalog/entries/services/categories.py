"""The category tree: known classes above, nodes as the files give them below."""

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog.entries.models import Category
from catalog.entries.rules import SEPARATOR, category_path
from catalog.entries.vocabulary import CLASSES, GROUPS
from portal.kernel.db import new_id

LONGEST_PREFIX = 16  # 1 + 2 + 3 digits and up to ten of the 细目
_WIDTHS: Mapping[int, int] = {1: 1, 2: 2, 3: 3, 4: 4}
_DEEPER, _GROUP = 2, 2


def ensure_category(session: Session, names: Sequence[str]) -> Category | None:
    """The node of a path of names, made where it is missing.

    None for an empty path, and for one that begins with none of the three classes: it is no place
    in the tree, however a file calls it.
    """
    path = category_path(names)
    if not path or path[0] not in CLASSES:
        return None
    node: Category | None = None
    for level, name in enumerate(path, start=1):
        node = _child(session, node, name) or _grow(session, node, name=name, level=level)
    return node


def add_node(session: Session, parent: Category | None, *, segment: str, name: str) -> Category:
    """A node with a given code segment, or the one that is there already."""
    found = _child(session, parent, name)
    if found is not None:
        return found
    return _add(
        session, parent, segment=segment, name=name, level=(parent.level if parent else 0) + 1
    )


def _child(session: Session, parent: Category | None, name: str) -> Category | None:
    parent_id = parent.id if parent else None
    query = select(Category).where(Category.name == name)
    owner = Category.parent_id.is_(None) if parent_id is None else Category.parent_id == parent_id
    return session.scalars(query.where(owner)).first()


def _grow(session: Session, parent: Category | None, *, name: str, level: int) -> Category:
    if parent is not None:  # two writers at once must not give one segment twice
        session.refresh(parent, with_for_update=True)
        found = _child(session, parent, name)
        if found is not None:
            return found
    segment = CLASSES[name] if parent is None else _next_segment(session, parent, name, level)
    return _add(session, parent, segment=segment, name=name, level=level)


def _next_segment(session: Session, parent: Category, name: str, level: int) -> str:
    """The number of the guide where it names the group, else the next one behind all of these."""
    groups = GROUPS.get(parent.name, ()) if level == _GROUP else ()
    if name in groups:
        official = f"{groups.index(name) + 1:02d}"
        if not _segment_taken(session, parent, official):
            return official
    width = _WIDTHS.get(level, _DEEPER)
    last = session.scalar(select(func.max(Category.segment)).where(Category.parent_id == parent.id))
    return str(max(int(last or 0), len(groups)) + 1).zfill(width)


def _segment_taken(session: Session, parent: Category, segment: str) -> bool:
    query = select(Category.id).where(Category.parent_id == parent.id, Category.segment == segment)
    return session.scalars(query).first() is not None


def _add(
    session: Session, parent: Category | None, *, segment: str, name: str, level: int
) -> Category:
    above = parent.prefix if parent else ""
    fits = (
        len(segment) == _WIDTHS.get(level, _DEEPER) and len(above) + len(segment) <= LONGEST_PREFIX
    )
    node = Category(
        id=new_id(),
        parent_id=parent.id if parent else None,
        level=level,
        segment=segment,
        prefix=above + segment if fits else above,
        name=name,
        path=f"{parent.path}{SEPARATOR}{name}" if parent else name,
    )
    session.add(node)
    session.flush()  # the next level needs the row
    return node
