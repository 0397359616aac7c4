"""Text for people: Chinese message ids, translated when shown, not when written."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

CHINESE = "zh"
ENGLISH = "en"
LANGUAGES = (CHINESE, ENGLISH)

_language: ContextVar[str] = ContextVar("language", default=CHINESE)
_catalogs: dict[str, dict[str, str]] = {ENGLISH: {}}


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence for people; `str()` gives it in the language of the moment."""

    message: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        template = _catalogs.get(_language.get(), {}).get(self.message) or self.message
        if not self.values:
            return template
        return template % {key: _shown(value) for key, value in self.values.items()}

    def __html__(self) -> str:
        """Escaped for a page, so that a template never trusts what a value holds."""
        words = str(self)
        return words.translate(_ESCAPES) if self.values else _escaped(words)

    def __hash__(self) -> int:
        return hash(self.message)


_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;"})


@lru_cache(maxsize=8_192)  # a page holds a hundred labels, the same ones each time
def _escaped(words: str) -> str:
    return words.translate(_ESCAPES)


def _shown(value: object) -> object:
    return value if isinstance(value, int | float) else str(value)


def _(message: str, **values: object) -> Text:
    """Marks a Chinese message for translation; `%(name)s` places take the values."""
    return Text(message, values)


def sound(words: str) -> str:
    """Without what not every database keeps: NUL, and halves of characters."""
    if "\0" in words:
        words = words.replace("\0", "")
    try:
        words.encode()
    except UnicodeEncodeError:
        return words.encode(errors="ignore").decode()
    return words


def language() -> str:
    """The language of the moment: `zh` or `en`."""
    return _language.get()


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Speaks the given language inside the block; unknown codes mean Chinese."""
    token = _language.set(code if code in LANGUAGES else CHINESE)
    try:
        yield
    finally:
        _language.reset(token)


def load_catalogs(paths: tuple[Path, ...]) -> None:
    """Adds the English of each `en.po`; what was told first stays."""
    for path in paths:
        for message, english in read_catalog(path).items():
            _catalogs[ENGLISH].setdefault(message, english)


@lru_cache
def read_catalog(path: Path) -> dict[str, str]:
    """The messages of one catalog file that have a translation."""
    from babel.messages.pofile import read_po  # noqa: PLC0415  start-up time

    with path.open("rb") as stream:
        catalog = read_po(stream, locale=ENGLISH)
    return {str(entry.id): str(entry.string) for entry in catalog if entry.id and entry.string}
