"""Words of the field that stand in stored data: the classes on top of the category tree."""

from collections.abc import Mapping

DEPARTMENTAL = "部门信息资源"
CLASSES: Mapping[str, str] = {"基础信息资源": "1", "主题信息资源": "2", DEPARTMENTAL: "3"}
