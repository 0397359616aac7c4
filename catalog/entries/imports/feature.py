"""What the import brings: commands, jobs, pages, tables."""

from catalog.entries.imports import cli  # noqa: F401  hangs its commands on `portal catalog`
from catalog.entries.imports.jobs import JOBS
from catalog.entries.imports.views import bp
from catalog.entries.permissions import IMPORT
from portal.kernel.feature import Feature, Navigation
from portal.kernel.text import _

FEATURE = Feature(
    key="imports",
    label=_("导入目录"),
    package="catalog.entries.imports",
    blueprints=(bp,),
    jobs=JOBS,
    navigation=(Navigation(_("导入"), "imports.listed", 14, "work", IMPORT),),
)
