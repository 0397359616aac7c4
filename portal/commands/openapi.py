"""The OpenAPI document, made from the running application's own declarations."""

from typing import Any

from portal.app import create_app
from portal.kernel.runtime import Runtime
from portal.pages import interface


def document(runtime: Runtime) -> dict[str, Any]:
    """The document of this installation."""
    return interface.document(create_app(runtime=runtime))
