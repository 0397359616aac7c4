"""What the import brings: commands, jobs, pages, tables."""

from catalog.entries.imports import (  # noqa: F401  commands and routes hang themselves on
    api_rows,
    cli,
)
from catalog.entries.imports.api import bp as api_bp
from catalog.entries.imports.jobs import JOBS
from catalog.entries.imports.views import bp
from catalog.entries.permissions import IMPORT
from portal.kernel.feature import Feature, Navigation
from portal.kernel.text import _

FEATURE = Feature(
    key="imports",
    label=_("导入目录"),
    package="catalog.entries.imports",
    blueprints=(bp, api_bp),
    jobs=JOBS,
    navigation=(Navigation(_("导入"), "imports.listed", 14, "work", IMPORT),),
)
