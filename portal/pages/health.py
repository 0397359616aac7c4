"""How the product runs: events that wait or failed, jobs, index, calendar, storage, settings."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from portal.kernel import calendar, clock
from portal.kernel.calendar import CalendarYear
from portal.kernel.errors import Unavailable
from portal.kernel.job_runs import jobs_of, latest_runs
from portal.kernel.jobs import CANCELLED, DEAD, DONE, FAILED, PLANNED, RUNNING, Job, JobRun
from portal.kernel.runtime import Runtime
from portal.kernel.settings import Settings
from portal.kernel.text import Text, _
from portal.pages import timetable
from portal.pages.queries import operations as queries
from portal.pages.queries.operations import Lag, Letter
from search.engine import Health, State
from search.parts import Search

BAD = (FAILED, DEAD)
STATES: Mapping[str, tuple[str, Text]] = {
    PLANNED: ("hold", _("等待开始")),
    RUNNING: ("run", _("正在运行")),
    DONE: ("ok", _("成功")),
    FAILED: ("over", _("失败")),
    CANCELLED: ("hold", _("已取消")),
    DEAD: ("over", _("中断")),
}
INDEX_STATES: Mapping[State, Text] = {
    State.READY: _("正常"),
    State.OUTDATED: _("需要重建：索引按旧的规则建立"),
    State.EMPTY: _("尚未建立"),
    State.DOWN: _("没有应答"),
}


@dataclass(frozen=True, slots=True)
class JobLine:
    """One job with its last runs."""

    job: Job
    when: Text | str
    last: JobRun | None
    recent: Sequence[str]
    next: datetime | None

    @property
    def good(self) -> Sequence[bool]:
        """Whether each of the last runs went well, oldest first."""
        return [state not in BAD for state in self.recent]

    @property
    def failed(self) -> bool:
        return self.last is not None and self.last.state in BAD

    @property
    def running(self) -> bool:
        return self.last is not None and self.last.state == RUNNING

    @property
    def may_be_run(self) -> bool:
        return timetable.may_be_run(self.job)

    @property
    def runs_words(self) -> Text:
        """The last runs for who cannot see them drawn."""
        bad = sum(not good for good in self.good)
        return _("近 %(n)s 次运行，失败 %(bad)s 次", n=len(self.good), bad=bad)


@dataclass(frozen=True, slots=True)
class Index:
    """The search index beside what the database holds."""

    health: Health
    expected: int

    @property
    def words(self) -> Text:
        return INDEX_STATES[self.health.state]

    @property
    def is_well(self) -> bool:
        return self.health.state is State.READY

    @property
    def is_not_needed(self) -> bool:
        """Whether none is built yet because there is nothing to find."""
        return self.health.state is State.EMPTY and self.expected == 0


@dataclass(frozen=True, slots=True)
class Storage:
    """Where the data lie, and what room is left."""

    database: str
    bytes_used: int | None
    bytes_free: int


@dataclass(frozen=True, slots=True)
class Report:
    """Everything on the operations page."""

    at: datetime
    lags: Sequence[Lag]
    letters: Sequence[Letter]  # the newest
    jobs: Sequence[JobLine]
    last_start: datetime | None
    problems: Sequence[Text]
    index: Index | None
    years: Sequence[CalendarYear]
    storage: Storage
    changed_settings: Sequence[tuple[str, str, Text]]

    @property
    def at_words(self) -> str:
        """The moment of the report on the city's clocks, to the second."""
        return clock.local(self.at).strftime("%H:%M:%S")

    @property
    def waiting(self) -> int:
        return sum(lag.waiting for lag in self.lags)

    @property
    def dead(self) -> int:
        return sum(lag.dead for lag in self.lags)

    @property
    def quiet_since(self) -> datetime | None:
        """When a job last began; in a portal where none has yet, when it was set up."""
        set_up = max((year.loaded_at for year in self.years), default=None)
        return self.last_start or set_up

    @property
    def provisional_year(self) -> int | None:
        """The first year from now on whose holidays are not known."""
        known = {year.year for year in self.years}
        this = clock.local(self.at).year
        return next((year for year in (this, this + 1) if year not in known), None)


def report(session: Session, runtime: Runtime) -> Report:
    """How everything is at this moment; a constant number of statements."""
    settings = runtime.settings
    return Report(
        at=clock.now(),
        lags=queries.lags(session),
        letters=queries.letters(session, secrets=settings.secrets(), limit=queries.NEWEST_LETTERS),
        jobs=job_lines(session, runtime),
        last_start=queries.last_start(session),
        problems=_problems(runtime),
        index=_index(session, runtime),
        years=calendar.known_years(session),
        storage=_storage(runtime),
        changed_settings=changed(settings),
    )


def state_words(run: JobRun) -> tuple[str, Text]:
    """The light of a run and its state in words."""
    light, words = STATES[run.state]
    return light, words


def error_words(run: JobRun, settings: Settings) -> str | None:
    """Why a run failed, without secrets."""
    return queries.masked(str(run.error), settings.secrets()) if run.error else None


def changed(settings: Settings) -> list[tuple[str, str, Text]]:
    """The settings that differ from their defaults, without secrets."""
    usual = {name: value for name, value, _help in Settings().rows()}
    return [row for row in settings.rows() if usual[row[0]] != row[1]]


def job_lines(session: Session, runtime: Runtime) -> list[JobLine]:
    """Every declared job with its last runs; two statements."""
    jobs = jobs_of(runtime.features)
    labels = {key: job.label for key, job in jobs.items()}
    latest, recent, now = latest_runs(session), queries.recent_states(session), clock.now()
    return [
        JobLine(
            job=job,
            when=timetable.when(job, labels),
            last=latest.get(key),
            recent=recent.get(key, ()),
            next=timetable.next_run(job, latest.get(key), now),
        )
        for key, job in jobs.items()
    ]


def _problems(runtime: Runtime) -> list[Text]:
    """What the features say of their own parts."""
    probes = (probe for feature in runtime.features for probe in feature.extra.get("health", ()))
    return [problem for probe in probes if (problem := probe(runtime)) is not None]


def _index(session: Session, runtime: Runtime) -> Index | None:
    search: Search | None = runtime.parts.get(Search)
    if search is None:
        return None
    try:
        health = search.engine.health()
    except Unavailable as error:
        health = Health(State.DOWN, engine="", problem=str(error))
    return Index(health, sum(source.count(session) for source in search.sources))


def _storage(runtime: Runtime) -> Storage:
    folder = runtime.settings.data
    file = folder / "portal.sqlite"
    embedded = runtime.database.is_sqlite
    return Storage(
        database="SQLite" if embedded else "PostgreSQL",
        bytes_used=file.stat().st_size if embedded and file.exists() else None,
        bytes_free=shutil.disk_usage(folder if folder.exists() else ".").free,
    )
