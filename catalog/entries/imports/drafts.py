"""What a file gives: drafts of entries, and the problems found on the way."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.kernel.text import Text

CODE, SOURCE_KEY, SOURCE_CODE, TITLE = "code", "source_key", "source_code", "title"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in one row that a person should look at; a refused row has no entry.

    `secret`: nothing of the row may be shown or written anywhere.
    """

    row: int
    reason: Text
    column: str = ""
    value: str = ""
    refused: bool = False
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Owner:
    """How a row names the unit that owns its entry."""

    name: str = ""
    credit_code: str = ""
    region: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordDraft:
    """One entry as the file has it.

    `key_kind`, `key`: what identifies it inside its owner's entries (code, catalogue id, or
    title); `ordinal` counts drafts with the same key, which differ in their content; `doubles`
    are rows of other drafts of this owner with the same title; `kept` holds values that fit no
    field, by field, as given; `written` is the document as canonical text.
    """

    rows: tuple[int, ...]
    owner: Owner
    key_kind: str
    key: str
    document: dict[str, Any]
    written: str
    code: str = ""
    ordinal: int = 0
    doubles: tuple[int, ...] = ()
    kept: Mapping[str, str] = field(default_factory=dict)

    @property
    def row(self) -> int:
        """The first row of the draft."""
        return self.rows[0]

    @property
    def title(self) -> str:
        return str(self.document.get("title", ""))
