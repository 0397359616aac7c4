"""The whole vocabulary of failures below the views; each says what, where and what to do."""

from collections.abc import Mapping, Sequence

from portal.kernel.text import Text, _


class PortalError(Exception):
    """What a person is told when something cannot be done."""

    status = 500

    def __init__(self, message: Text, *, rule: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.rule = rule

    def __str__(self) -> str:
        return str(self.message)


class NotFound(PortalError):
    """There is no such thing, or the asker may not know that there is."""

    status = 404


class Gone(NotFound):
    """There was such a thing, and there is none any more; the sentence says since when and why."""

    status = 410


class Refused(PortalError):
    """The asker may not do this, or the state of the thing does not allow it."""

    status = 403


class Objected(Refused):
    """A rule forbids it, for what the record says."""

    status = 422


class Closed(Refused):
    """Nobody may do it as the thing stands now."""

    status = 409


class Invalid(PortalError):
    """What was sent is wrong; `fields` tells where, by field path."""

    status = 422

    def __init__(
        self,
        message: Text,
        *,
        fields: Mapping[str, Sequence[Text]] | None = None,
        rule: str | None = None,
    ) -> None:
        super().__init__(message, rule=rule)
        self.fields: dict[str, list[Text]] = {k: list(v) for k, v in (fields or {}).items()}


class Conflict(PortalError):
    """The thing changed meanwhile; `detail` holds what is needed to show the difference."""

    status = 409

    def __init__(
        self, message: Text, *, detail: Mapping[str, object] | None = None, rule: str | None = None
    ) -> None:
        super().__init__(message, rule=rule)
        self.detail = dict(detail or {})


class TooMany(PortalError):
    """The asker asks too often; `retry_after` is in seconds."""

    status = 429

    def __init__(self, message: Text, *, retry_after: int = 1) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(PortalError):
    """A part that is needed does not answer; nothing was lost.

    `detail` is for those who run the portal: in the log, on the operations page, on a terminal.
    """

    status = 503

    def __init__(self, message: Text, *, detail: Text | str = "") -> None:
        super().__init__(message)
        self.detail = detail


def missing(what: Text) -> NotFound:
    """The usual sentence for a record that is not there or not shown to the asker."""
    return NotFound(_("没有找到%(what)s。请核对地址，或从目录重新查找。", what=what))
