"""The pages that belong to no single feature, and the floor's own jobs."""

from auth.permissions import AUDIT_SEE, OPERATIONS_SEE
from portal.kernel import upkeep
from portal.kernel.feature import Feature, Navigation
from portal.kernel.text import _
from portal.pages.api import declarations, runs
from portal.pages.api import operations as operations_api
from portal.pages.api import trail as trail_api
from portal.pages.api import work as work_api
from portal.pages.views import (  # noqa: F401  routes
    help,  # noqa: A004
    home,
    interface,
    operations,
    site,
    trail,
    work,
)
from portal.pages.views.blueprint import bp

FEATURE = Feature(
    key="pages",
    label=_("门户页面"),
    package="portal.pages",
    blueprints=(
        bp,
        work_api.tasks_bp,
        work_api.messages_bp,
        operations_api.bp,
        runs.bp,
        trail_api.bp,
        declarations.bp,
    ),
    jobs=upkeep.JOBS,
    navigation=(
        Navigation(_("待办"), "pages.tasks", 1, "work", counter="tasks"),
        Navigation(_("消息"), "pages.messages", 2, "work", counter="messages"),
        Navigation(_("运行"), "pages.operations", 80, "work", OPERATIONS_SEE),
        Navigation(_("操作记录"), "pages.trail", 81, "work", AUDIT_SEE),
        Navigation(_("帮助"), "pages.help", 90),
    ),
    extra={"counters": {"tasks": work.count_tasks, "messages": work.count_messages}},
)
