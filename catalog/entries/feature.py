"""Everything that the entries feature brings."""

from catalog.entries import codelists, permissions
from catalog.entries.api import bp as api
from catalog.entries.api_reading import categories_bp
from catalog.entries.cli import catalog
from catalog.entries.deadlines import REVIEW_DUE
from catalog.entries.events import DraftSaved, EntryChanged, StandingMoved, VersionMoved
from catalog.entries.handlers import REVIEW_TASK, follow_versions
from catalog.entries.jobs import JOBS
from catalog.entries.panels import PANELS, unit_figures
from catalog.entries.permissions import EDIT, REVIEW, SUSPEND
from catalog.entries.source import SOURCE
from catalog.entries.views import (  # noqa: F401  routes
    categories,
    editing,
    entry,
    feed,
    listing,
    managing,
    reviewing,
)
from catalog.entries.views.blueprint import bp
from catalog.entries.workflow import STANDING_WORKFLOW, VERSION_WORKFLOW
from portal.kernel.feature import Feature, Navigation
from portal.kernel.outbox import Handler
from portal.kernel.text import _
from search.indexer import handlers

FEATURE = Feature(
    key="entries",
    label=_("数据目录"),
    package="catalog.entries",
    blueprints=(bp, api, categories_bp),
    permissions=permissions.ALL,
    workflows=(VERSION_WORKFLOW, STANDING_WORKFLOW),
    deadlines=(REVIEW_DUE,),
    handlers=(
        Handler("entries.follow_versions", (VersionMoved.name,), follow_versions, batch=200),
        *handlers(SOURCE),
    ),
    silent_events=(StandingMoved.name, DraftSaved.name),
    jobs=JOBS,
    task_kinds=(REVIEW_TASK,),
    navigation=(
        Navigation(_("本单位目录"), "entries.own", 10, "work", EDIT),
        Navigation(_("审核"), "entries.reviews", 12, "work", REVIEW),
        Navigation(_("目录管理"), "entries.manage", 14, "work", SUSPEND),
        Navigation(_("分类"), "entries.categories", 30),
    ),
    panels=PANELS,
    commands=(catalog,),
    code_lists=codelists.ALL,
    search_sources=(SOURCE,),
    extra={
        "unit_figures": (unit_figures,),
        "events": (EntryChanged, DraftSaved, VersionMoved, StandingMoved),
    },
)
