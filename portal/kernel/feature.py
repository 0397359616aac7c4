"""What a feature announces: the one object that the app, help, checks and tests read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.kernel.access import Permission
from portal.kernel.deadlines import Deadline
from portal.kernel.jobs import Job
from portal.kernel.outbox import Handler
from portal.kernel.tasks import TaskKind
from portal.kernel.text import Text
from portal.kernel.workflow import Workflow


@dataclass(frozen=True, slots=True)
class Navigation:
    """One item of the main navigation; shown to who has the permission (None: everybody).

    `area` is "work" (before the rule) or "public" (after it); items are sorted by `order`.
    """

    label: Text
    endpoint: str
    order: int
    area: str = "public"
    permission: Permission | None = None
    counter: str | None = None


@dataclass(frozen=True, slots=True)
class Panel:
    """A fragment hung on another feature's page.

    `query(session, actor, subject)` gives the template's values with a constant number of
    statements; the template is rendered with them and nothing else.
    """

    slot: str
    order: int
    template: str
    query: Callable[..., Mapping[str, Any]]
    permission: Permission | None = None


@dataclass(frozen=True, slots=True)
class Feature:
    """Everything that a feature folder brings; see the architecture's table of files."""

    key: str
    label: Text
    package: str
    blueprints: tuple[Any, ...] = ()
    permissions: tuple[Permission, ...] = ()
    workflows: tuple[Workflow, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    handlers: tuple[Handler, ...] = ()
    silent_events: tuple[str, ...] = ()
    jobs: tuple[Job, ...] = ()
    task_kinds: tuple[TaskKind, ...] = ()
    navigation: tuple[Navigation, ...] = ()
    panels: tuple[Panel, ...] = ()
    commands: tuple[Any, ...] = ()
    code_lists: tuple[Any, ...] = ()
    search_sources: tuple[Any, ...] = ()
    document_parts: tuple[Any, ...] = ()
    on_start: Callable[..., None] | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
