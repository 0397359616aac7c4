"""Everything that the departments feature brings."""

from catalog.departments import permissions, views
from catalog.departments.api import bp as api
from catalog.departments.events import SILENT, RepresentativeMoved, RepresentativeRecorded
from catalog.departments.panels import PANELS
from catalog.departments.workflow import REPRESENTATIVE_WORKFLOW
from portal.kernel.feature import Feature, Navigation
from portal.kernel.text import _

FEATURE = Feature(
    key="departments",
    label=_("部门"),
    package="catalog.departments",
    blueprints=(views.bp, api),
    permissions=permissions.ALL,
    workflows=(REPRESENTATIVE_WORKFLOW,),
    silent_events=SILENT,
    navigation=(Navigation(_("部门"), "departments.units", 20),),
    panels=PANELS,
    extra={"events": (RepresentativeRecorded, RepresentativeMoved)},
)
