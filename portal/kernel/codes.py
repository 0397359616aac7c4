"""Code lists: keys that are stored, labels that are shown."""

from collections.abc import Mapping
from dataclasses import dataclass

from portal.kernel.text import Text


@dataclass(frozen=True, slots=True)
class CodeList:
    """One list of keys with labels; `source` names the rule or standard that it follows."""

    key: str
    label: Text
    values: Mapping[str, Text]
    source: Text | None = None

    def __hash__(self) -> int:
        return hash(self.key)

    def name(self, key: str | None) -> Text | str | None:
        """The label of a key; the key itself when it is not in the list."""
        return None if key is None else self.values.get(key, key)
