"""Looks at a zip package before it is opened: what it is, and how large it would become."""

import zipfile
from dataclasses import dataclass
from pathlib import Path

from catalog.entries.imports.readers.source import MEGABYTE, Limits
from portal.kernel.errors import Invalid
from portal.kernel.text import _

WORKBOOK = "xl/workbook.xml"
_MOST_PARTS = 5_000
_RATIO_FROM = 30 * MEGABYTE
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # what office programs write


@dataclass(frozen=True, slots=True)
class Package:
    """The names inside a checked package."""

    names: frozenset[str]
    unpacked: int

    @property
    def has_active_parts(self) -> bool:
        """Macros, links to other files or embedded objects: never handed on by us."""
        marks = ("vbaproject", "macrosheets", "externallinks", "embeddings", "activex", "customui")
        return any(mark in name.lower() for name in self.names for mark in marks)


def check_package(path: Path, limits: Limits) -> Package:
    """What is inside, by the directory of the package alone: nothing is unpacked.

    Raises Invalid for a damaged package and for one that would unpack to too much.
    """
    try:
        with zipfile.ZipFile(path) as package:
            parts = package.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise _damaged() from error
    unpacked = sum(part.file_size for part in parts)
    _check_size(len(parts), unpacked, path.stat().st_size, limits)
    if any(part.flag_bits & 1 for part in parts):
        raise encrypted()
    if any(part.compress_type not in _PACKINGS for part in parts):
        raise _damaged()
    return Package(frozenset(part.filename for part in parts), unpacked)


def _damaged() -> Invalid:
    return Invalid(_("这个工作簿已损坏，无法打开。请用 Excel 或 WPS 重新保存为 .xlsx 后再导入。"))


def _check_size(parts: int, unpacked: int, packed: int, limits: Limits) -> None:
    bomb = unpacked > _RATIO_FROM and unpacked > packed * limits.unpacked_ratio
    if unpacked > limits.unpacked_bytes or bomb or parts > _MOST_PARTS:
        raise Invalid(
            _(
                "这个文件展开后有 %(size)s MB，超出允许的大小，没有打开。"
                "请把数据复制到新的工作簿，或拆成几个文件后再导入。",
                size=unpacked // MEGABYTE,
            )
        )


def encrypted() -> Invalid:
    """The sentence for a workbook behind a password."""
    return Invalid(_("这个工作簿设有打开密码。请在 Excel 或 WPS 中取消密码并保存后再导入。"))
