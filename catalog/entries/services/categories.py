"""The category tree: known classes above, nodes as the files give them below."""

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog.entries.models import Category
from catalog.entries.rules import SEPARATOR
from catalog.entries.vocabulary import CLASSES, DEPARTMENTAL
from portal.kernel.db import new_id

LONGEST_PREFIX = 16  # 1 + 2 + 3 digits and up to ten of the 细目
_WIDTHS: Mapping[int, int] = {1: 1, 2: 2, 3: 3, 4: 4}
_DEEPER = 2


def ensure_category(session: Session, names: Sequence[str]) -> Category | None:
    """The node of a path of names, made where it is missing; None for an empty path.

    A path that does not begin with one of the three classes hangs under the departmental one.
    """
    if not names:
        return None
    path = list(names) if names[0] in CLASSES else [DEPARTMENTAL, *names]
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
    segment = CLASSES[name] if parent is None else _next_segment(session, parent, level)
    return _add(session, parent, segment=segment, name=name, level=level)


def _next_segment(session: Session, parent: Category, level: int) -> str:
    width = _WIDTHS.get(level, _DEEPER)
    last = session.scalar(select(func.max(Category.segment)).where(Category.parent_id == parent.id))
    return str(int(last or 0) + 1).zfill(width)


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
