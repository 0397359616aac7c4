"""The pages that belong to no single feature."""

from portal.kernel.feature import Feature
from portal.kernel.text import _
from portal.pages.views import home, site  # noqa: F401  routes
from portal.pages.views.blueprint import bp

FEATURE = Feature(key="pages", label=_("门户页面"), package="portal.pages", blueprints=(bp,))
