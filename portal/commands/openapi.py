"""The OpenAPI document, made from the running application's own declarations."""

from typing import Any

from portal.app import create_app
from portal.kernel.runtime import Runtime
from portal.kernel.text import _
from portal.web.api import open_api

VERSION = "1.0"


def document(runtime: Runtime) -> dict[str, Any]:
    """The document of this installation."""
    title = str(_("公共数据目录接口"))
    return open_api(create_app(runtime=runtime), title=title, version=VERSION)
