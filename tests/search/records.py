"""A feature small enough to read: records of units, with a source and a part of another feature."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

from sqlalchemy import Text, func, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from portal.kernel.access import Actor
from portal.kernel.events import Event
from portal.kernel.feature import Feature
from portal.kernel.outbox import Delivery
from portal.kernel.text import _
from portal.kernel.uow import UnitOfWork
from search.declarations import Addition, DocumentPart, DocumentSource, Facet, Following, Row
from search.document import SearchDocument, milliseconds
from search.indexer import handlers
from search.names import name_key


class RecordBase(DeclarativeBase):
    """Apart from the product's tables."""

    type_annotation_map: ClassVar = {str: Text()}


class Record(RecordBase):
    __tablename__ = "test_record"

    id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    unit: Mapped[str]
    grade: Mapped[str] = mapped_column(default="")
    secret: Mapped[bool] = mapped_column(default=False)
    published: Mapped[bool] = mapped_column(default=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordChanged(Event):
    name: ClassVar[str] = "record.changed"
    subject_kind: ClassVar[str] = "record"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordUnitRenamed(Event):
    name: ClassVar[str] = "record_unit.renamed"
    subject_kind: ClassVar[str] = "unit"
    new_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeGiven(Event):
    name: ClassVar[str] = "grade.given"
    subject_kind: ClassVar[str] = "record"


def save(uow: UnitOfWork, record_id: str, title: str, **values: object) -> None:
    uow.session.merge(Record(id=record_id, title=title, **{"unit": "甲局", **values}))
    uow.emit(RecordChanged(subject_id=record_id))


def take_back(uow: UnitOfWork, record_id: str) -> None:
    uow.session.execute(update(Record).where(Record.id == record_id).values(published=False))
    uow.emit(RecordChanged(subject_id=record_id))


def rename_unit(uow: UnitOfWork, old: str, new: str) -> None:
    uow.session.execute(update(Record).where(Record.unit == old).values(unit=new))
    uow.emit(RecordUnitRenamed(subject_id=old, new_name=new))


def give_grade(uow: UnitOfWork, record_id: str, grade: str) -> None:
    uow.session.execute(update(Record).where(Record.id == record_id).values(grade=grade))
    uow.emit(GradeGiven(subject_id=record_id))


def tokens(actor: Actor) -> frozenset[str]:
    return frozenset({"public", "government"} if actor.is_government else {"public"})


def _documents(
    session: Session, ids: Sequence[str], versions: Mapping[str, int]
) -> list[SearchDocument]:
    query = select(Record).where(Record.id.in_(ids), Record.published)
    return [
        SearchDocument(
            id=record.id,
            kind="record",
            version=versions[record.id],
            title=record.title,
            audience=frozenset({"government"} if record.secret else {"public", "government"}),
            name_key=name_key(record.title),
            newest_at_ms=milliseconds(datetime(2026, 1, 1, tzinfo=UTC)),
            unit=record.unit,
            facets={"unit": (record.unit,), "path": ("根", f"根/{record.unit}")},
        )
        for record in session.scalars(query)
    ]


def _ids(session: Session, after: str, limit: int) -> list[str]:
    query = select(Record.id).where(Record.id > after, Record.published).order_by(Record.id)
    return list(session.scalars(query.limit(limit)))


def _count(session: Session) -> int:
    query = select(func.count()).select_from(Record).where(Record.published)
    return session.scalar(query) or 0


def _of_unit(session: Session, delivery: Delivery, after: str, limit: int) -> list[str]:
    query = select(Record.id).where(Record.unit == delivery.payload["new_name"], Record.id > after)
    return list(session.scalars(query.order_by(Record.id).limit(limit)))


def _rows(
    session: Session, actor: Actor, ids: Sequence[str], /, *, brief: bool = False
) -> list[Row]:
    query = select(Record).where(Record.id.in_(ids), Record.published)
    seen = [r for r in session.scalars(query) if actor.is_government or not r.secret]
    return [_row(record) for record in seen]


def _row(record: Record) -> Row:
    return Row(
        record.id,
        record.title,
        f"/records/{record.id}",
        record.unit,
        abstract=f"{record.title}的<说明>",
        items=("单位名称", record.title),
        tags=(record.grade,) if record.grade else (),
        state="ok",
        state_words=_("更新及时"),
    )


def _browse(session: Session, actor: Actor, page: int, size: int) -> tuple[list[Row], bool]:
    query = select(Record).where(Record.published).order_by(Record.title)
    rows = list(session.scalars(query.offset((page - 1) * size).limit(size + 1)))
    return [_row(record) for record in rows[:size]], len(rows) > size


def _same(session: Session, values: Sequence[str]) -> Mapping[str, str]:
    return {value: value.rpartition("/")[2] for value in values}


def _grades(session: Session, ids: Sequence[str]) -> Mapping[str, Addition]:
    query = select(Record.id, Record.grade).where(Record.id.in_(ids), Record.grade != "")
    return {
        record_id: Addition({"grade": (grade,)}, other=(f"{grade}级",))
        for record_id, grade in session.execute(query)
    }


SOURCE = DocumentSource(
    kind="record",
    label=_("记录"),
    documents=_documents,
    ids=_ids,
    count=_count,
    follows=(
        Following(RecordChanged.name),
        Following(RecordUnitRenamed.name, _of_unit),
    ),
    tokens=tokens,
    rows=_rows,
    browse=_browse,
    facets=(Facet("unit", _("单位"), _same), Facet("path", _("分类"), _same, nested=True)),
    ways=((_("首页"), "search.find"),),
)
GRADES = DocumentPart(
    kind="record",
    read=_grades,
    follows=(Following(GradeGiven.name),),
    facets=(Facet("grade", _("等级"), _same, order=("甲", "乙")),),
)
RECORDS = Feature(
    key="records",
    label=_("记录"),
    package="tests.search",
    handlers=(*handlers(SOURCE), *handlers(GRADES)),
    search_sources=(SOURCE,),
    document_parts=(GRADES,),
)
