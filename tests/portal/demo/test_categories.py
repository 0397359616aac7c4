"""The category tree of the demonstration."""

from collections.abc import Iterator

from portal.demo import reader
from portal.demo.reader import SampleCategory

TREE = reader.categories()
WIDTHS = {1: 1, 2: 2, 3: 3, 4: 4}


def walk(
    nodes: tuple[SampleCategory, ...], level: int = 1, above: str = ""
) -> Iterator[tuple[int, str, SampleCategory]]:
    for node in nodes:
        yield level, above + node.segment, node
        yield from walk(node.children, level + 1, above + node.segment)


def test_the_classes_and_groups_of_the_guide_are_complete() -> None:
    assert [(node.segment, node.name) for node in TREE] == [
        ("1", "基础信息资源"),
        ("2", "主题信息资源"),
        ("3", "部门信息资源"),
    ]
    assert [len(node.children) for node in TREE] == [5, 12, 8]
    assert [child.segment for child in TREE[1].children] == [f"{n:02d}" for n in range(1, 13)]


def test_segments_have_the_width_of_their_level_and_prefixes_are_unique() -> None:
    found = list(walk(TREE))
    assert all(len(node.segment) == WIDTHS.get(level, 2) for level, _prefix, node in found)
    prefixes = [prefix for _level, prefix, _node in found]
    assert len(set(prefixes)) == len(prefixes)
    assert max(map(len, prefixes)) <= 16


def test_names_are_unique_below_one_node() -> None:
    for _level, prefix, node in walk(TREE):
        names = [child.name for child in node.children]
        assert len(set(names)) == len(names), prefix


def test_every_category_of_an_entry_is_a_path_of_the_tree() -> None:
    for entry in reader.entries():
        nodes = TREE
        for name in entry.body["category"]:
            nodes = next(node.children for node in nodes if node.name == name)


def test_the_departments_of_the_city_are_the_third_level_of_the_third_class() -> None:
    departments = {node.name for node in TREE[2].children[6].children}
    assert {"济南市大数据局", "济南市交通运输局", "济南市历下区人民政府"} <= departments
