"""Search as JSON: pages by number, walks by cursor."""

from typing import Any

from flask import Blueprint, Response
from marshmallow import fields

from portal.kernel.errors import Invalid
from portal.kernel.schemas import PortalSchema, between, length
from portal.kernel.text import _
from portal.web.access import open_to_all
from portal.web.api import PREFIX, answer, describes, read_query
from portal.web.context import actor, runtime
from search import queries
from search.bounds import one_search
from search.declarations import Row
from search.engine import Hit, Result
from search.parts import Search
from search.plan import LONGEST_TEXT
from search.queries import Asked

bp = Blueprint("search_api", __name__, url_prefix=f"{PREFIX}/search")
MOST = 100


class SearchQuery(PortalSchema):
    """A question; `filter` is given as often as needed, each time as `facet:value`."""

    q = fields.String(load_default="", validate=length(LONGEST_TEXT))
    filter = fields.List(fields.String(validate=length(300)), load_default=list)
    sort = fields.String(load_default="")
    page = fields.Integer(load_default=1, validate=between(1, 10_000))
    after = fields.String(load_default=None, validate=length(500))
    size = fields.Integer(load_default=20, validate=between(1, MOST))
    facets = fields.Boolean(load_default=False)


class HitAnswer(PortalSchema):
    """One record found."""

    id = fields.String(required=True)
    code = fields.String(required=True)
    title = fields.String(required=True)
    unit = fields.String(required=True)
    abstract = fields.String(required=True)
    path = fields.String(required=True)
    score = fields.Float(required=True)


class ValueAnswer(PortalSchema):
    """One value of a facet."""

    value = fields.String(required=True)
    count = fields.Integer(required=True)


class SearchAnswer(PortalSchema):
    """One page; `next` is the cursor behind it in a walk, null at its end and for relevance."""

    total = fields.Integer(required=True)
    loose = fields.Boolean(required=True)
    next = fields.String(required=True, allow_none=True)
    hits = fields.List(fields.Nested(HitAnswer), required=True)
    facets = fields.Dict(
        keys=fields.String(), values=fields.List(fields.Nested(ValueAnswer)), required=True
    )


QUERY = SearchQuery()


@bp.get("")
@open_to_all
@describes(_("检索目录"), answer=SearchAnswer(), query=QUERY)
def find() -> Response:
    """What the page finds, for programs."""
    asked = _asked(read_query(QUERY))
    with one_search(), runtime().database.reading() as session:
        result = queries.find(runtime(), actor(), asked)
        ids = [hit.id for hit in result.hits]
        rows = queries.rows(session, runtime().part(Search), actor(), ids, brief=True)
    return answer(_told(asked, result, rows))


def _asked(raw: dict[str, Any]) -> Asked:
    filters: dict[str, set[str]] = {}
    for pair in raw["filter"]:
        key, colon, value = pair.partition(":")
        if not colon or not value:
            raise Invalid(_("筛选条件应写成“筛选项:值”，现为“%(pair)s”。", pair=pair))
        filters.setdefault(key, set()).add(value)
    return Asked(
        text=raw["q"],
        filters={key: frozenset(values) for key, values in filters.items()},
        sort=raw["sort"],
        page=raw["page"],
        cursor=raw["after"],
        size=raw["size"],
        facets=raw["facets"],
        unfolded=frozenset(facet.key for facet in runtime().part(Search).facets),
    )


def _told(asked: Asked, result: Result, rows: list[Row]) -> dict[str, Any]:
    hits = {hit.id: hit for hit in result.hits}
    walked_out = len(result.hits) < asked.size
    return {
        "total": result.total,
        "loose": result.loose,
        "next": None if walked_out else result.hits[-1].cursor,
        "hits": [_hit(row, hits[row.id]) for row in rows],
        "facets": {
            key: [{"value": value, "count": count} for value, count in counts.values]
            for key, counts in result.facets.items()
        },
    }


def _hit(row: Row, hit: Hit) -> dict[str, Any]:
    return {
        "id": row.id,
        "code": row.code,
        "title": row.title,
        "unit": row.unit,
        "abstract": row.abstract,
        "path": row.path,
        "score": round(hit.score, 4),
    }
