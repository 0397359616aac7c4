"""What other features tell of units, through a seam: this feature imports none of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.orm import Session

from portal.kernel.access import Actor
from portal.kernel.feature import Feature

SEAM = "unit_figures"  # the key in `Feature.extra` under which a tuple of `FiguresOf` stands


@dataclass(frozen=True, slots=True)
class UnitFigures:
    """A unit's catalog in numbers, as the asker may see it.

    `attached` entries have a resource (挂接). `dated` entries have a definite period and a known
    last update; `overdue` of them are past it. What is not known is neither late nor in time.
    """

    entries: int = 0
    attached: int = 0
    dated: int = 0
    overdue: int = 0

    @property
    def empty(self) -> int:
        """Entries without a resource (空目录)."""
        return self.entries - self.attached

    @property
    def timely(self) -> int:
        return self.dated - self.overdue

    @property
    def attached_share(self) -> float | None:
        """挂接率, from 0 to 1; None where there is no entry."""
        return self.attached / self.entries if self.entries else None

    @property
    def timely_share(self) -> float | None:
        """更新及时率 (domain §1.6), from 0 to 1; None where nothing has a due day."""
        return self.timely / self.dated if self.dated else None


NO_FIGURES = UnitFigures()


class FiguresOf(Protocol):
    """Counts for many units in a constant number of statements; those without any left out."""

    def __call__(
        self, session: Session, actor: Actor, unit_ids: Sequence[str]
    ) -> Mapping[str, UnitFigures]: ...


def figures_of(
    features: Iterable[Feature], session: Session, actor: Actor, unit_ids: Sequence[str]
) -> Mapping[str, UnitFigures] | None:
    """The figures of the units by id, from the feature that knows them; None where none does."""
    counts: list[FiguresOf] = [count for f in features for count in f.extra.get(SEAM, ())]
    if not counts:
        return None
    return counts[0](session, actor, unit_ids) if unit_ids else {}
