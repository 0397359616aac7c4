"""Tells in which encoding a text file is written."""

import codecs
from pathlib import Path

from portal.kernel.errors import Invalid
from portal.kernel.text import _

_CHUNK = 1024 * 1024
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def encoding_of(path: Path) -> str:
    """`utf-8`, `utf-8-sig`, `utf-16` or `gb18030`; the whole file is read once.

    Raises Invalid when the bytes fit none of them, naming the line.
    """
    with path.open("rb") as stream:
        head = stream.read(4096)
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            _check(path, encoding)
            return encoding
    if b"\0" in head:
        raise Invalid(_("这不是文本表格，也不是工作簿。请导入 .xlsx、.xls、.csv 或 .json 文件。"))
    fault = _fault_line(path, "utf-8")
    if fault is None:
        return "utf-8"
    _check(path, "gb18030", at_least=fault)
    return "gb18030"


def _check(path: Path, encoding: str, *, at_least: int = 1) -> None:
    """`at_least`: up to which line another encoding fits; the one that fits further is meant."""
    line = _fault_line(path, encoding)
    if line is not None:
        raise Invalid(
            _(
                "第 %(line)s 行附近的文字编码既不是 UTF-8 也不是 GB18030。"
                "请用 Excel、WPS 或记事本另存为 UTF-8 后再导入。",
                line=max(line, at_least),
            )
        )


def _fault_line(path: Path, encoding: str) -> int | None:
    """The line of the first bytes that do not fit the encoding, or None."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    with path.open("rb") as stream:
        while True:
            chunk = stream.read(_CHUNK)
            try:
                line += decoder.decode(chunk, final=not chunk).count("\n")
            except UnicodeDecodeError as error:
                return line + error.object[: error.start].count(b"\n")
            if not chunk:
                return None
