"""A small catalog that has one of everything a question may ask for."""

from datetime import UTC, datetime

from search.document import Dating, SearchDocument, milliseconds
from search.engine import Shape
from search.names import name_key

SHAPE = Shape(("unit", "category", "theme", "share_type", "format"), ("volume",))
FACETS = (*SHAPE.facets, "timeliness")
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOW_MS = milliseconds(NOW)
DAY = 86_400_000
EVERYBODY = frozenset({"public"})

_TITLES = (
    "住房公积金缴存信息",
    "公积金贷款 提取",
    "不动产登记证明",
    "司机构成统计",
    "医疗机构名录",
    "公共停车场（试行）",
    "ＰＭ２.５监测数据",
    "A级景区名单",
    "AAA级景区 荣誉",
    "重庆路充电桩",
    "幼儿园名单 2022年",
    "GIS 底图服务",
    "WebGIS地图",
    "养老机构备案",
    "养老院",
    "“双公示”行政许可",
    "企业年报",
    "盐城市旅行社",
    "水质",
    "!!!",
)
_ITEMS = (
    ("单位名称", "缴存基数", "职工"),
    ("坐标X", "坐标Y"),
    ("企业名称", "统一社会信用代码"),
    (),
)
_FIELDS = (("UNIT_NAME", "BASE"), ("POINT_X", "POINT_Y"), ("ENT_NAME", "USCC"), ())


def document(number: int, version: int = 1) -> SearchDocument:
    """The document of a number; always the same, and no two alike."""
    title = _TITLES[number % len(_TITLES)]
    dating = (Dating.DATED, Dating.DATED, Dating.DATED, Dating.UNKNOWN, Dating.NONE)[number % 5]
    due = NOW_MS + (number % 7 - 3) * DAY
    return SearchDocument(
        id=f"d{number:04d}",
        kind="entry" if number % 11 else "standard",
        version=version,
        title=title,
        audience=_audience(number),
        name_key=name_key(title),
        newest_at_ms=NOW_MS - number % 9 * DAY,
        code=f"3070{number % 3}2/{number:06d}",
        codes=(f"SRC-{number % 4}",),
        unit=("济南市住房公积金中心", "历下区教育局", "市中区民政局")[number % 3],
        abstract=f"第{number}条，包含单位名称、缴存基数。<b>数据</b>每日 更新",
        items=_ITEMS[number % len(_ITEMS)],
        fields=_FIELDS[number % len(_FIELDS)],
        tags=("公积金",) if number % 6 == 0 else (),
        other=("文件 xlsx",),
        facets={
            "unit": (f"unit-{number % 3}",),
            "category": ("3", f"30{number % 4}"),
            "theme": tuple({f"t{number % 2}", f"t{number % 3}"}),
            "share_type": ("unconditional", "conditional", "withheld")[number % 3 : number % 3 + 1],
            "format": () if number % 4 == 3 else ("xlsx", "csv")[: number % 3],
        },
        dating=dating,
        due_at_ms=due if dating is Dating.DATED else None,
        overdue_at_ms=due + DAY if dating is Dating.DATED else None,
        sort_keys={"volume": f"{number % 13:04d}"},
    )


def catalog(count: int = 120) -> list[SearchDocument]:
    """The whole catalog."""
    return [document(number) for number in range(count)]


def _audience(number: int) -> frozenset[str]:
    if number % 10 == 9:
        return frozenset({"review", f"unit:unit-{number % 3}"})
    if number % 10 == 8:
        return frozenset({"government"})
    return frozenset({"public", "government"})
