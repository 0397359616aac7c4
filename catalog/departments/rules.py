"""Pure rules of representatives: what an appointment states, and when an office is vacant."""

from dataclasses import dataclass
from datetime import date

from portal.kernel import clock
from portal.kernel.calendar import Calendar
from portal.kernel.deadlines import working_days_between
from portal.kernel.text import Text, _

# They hold no public data of their own (domain §0.1), so nobody is appointed there.
WITHOUT_OFFICE = frozenset({"enterprise", "society"})
# A gap of more working days raises a reminder (domain §2.1, [D]).
REMINDER_DAYS = 10


@dataclass(frozen=True, slots=True)
class Appointment:
    """What a unit files when it appoints a chief representative or a deputy."""

    name: str
    post: str
    office_phone: str
    appointing_document: str
    term_from: date
    term_to: date | None = None
    is_deputy: bool = False
    liaison: str | None = None
    user_id: str | None = None


@dataclass(frozen=True, slots=True)
class Vacancy:
    """An office without a holder; `working_days` is None where nobody was ever recorded."""

    since: date | None
    working_days: int | None
    provisional: bool = False

    @property
    def kind(self) -> str:
        """The light: over once the reminder is due, or where nobody was ever recorded."""
        long = self.working_days is None or self.working_days > REMINDER_DAYS
        return "over" if long else "due"

    @property
    def label(self) -> Text:
        """The vacancy in words."""
        if self.working_days is None:
            return _("未备案")
        return _("空缺 %(n)s 个工作日", n=self.working_days)


def vacancy(calendar: Calendar, *, since: date | None, today: date) -> Vacancy:
    """How long nobody has held the office, from the day after the last holder's end."""
    if since is None:
        return Vacancy(None, None)
    known = calendar.is_known(since) and calendar.is_known(today)
    days = max(0, working_days_between(calendar, since, today))
    return Vacancy(since, days, provisional=not known)


def term_objections(appointment: Appointment) -> dict[str, list[Text]]:
    """What is wrong with the term, by field."""
    if appointment.term_to is not None and appointment.term_to < appointment.term_from:
        return {"term_to": [_("任期截止日期早于起始日期。请核对任命文件。")]}
    if appointment.term_from > clock.today():
        return {"term_from": [_("任期起始日期不能晚于今天。请在到任当天或之后再备案。")]}
    return {}


def end_objection(term_from: date, on: date, today: date) -> Text | None:
    """Why a term cannot end on that day, or nothing."""
    if on < term_from:
        return _("卸任日期早于任期起始日期 %(day)s。", day=term_from.isoformat())
    if on > today:
        return _("卸任日期不能晚于今天。请在卸任当天或之后再登记。")
    return None
