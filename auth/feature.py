"""What `auth` brings: people, units, roles, sign-in."""

from auth.api import bp as api
from auth.cli import users
from auth.code_lists import CODE_LISTS
from auth.events import SILENT
from auth.jobs import PURGE_SESSIONS
from auth.oidc import OidcClient
from auth.permissions import PERMISSIONS
from auth.views import bp
from portal.kernel.feature import Feature
from portal.kernel.runtime import Runtime
from portal.kernel.text import _


def put_in_client(runtime: Runtime) -> None:
    """Gives the process its client of the identity provider; refuses an unsafe issuer."""
    runtime.parts[OidcClient] = OidcClient(runtime.settings)


FEATURE = Feature(
    key="auth",
    label=_("用户与登录"),
    package="auth",
    blueprints=(bp, api),
    permissions=PERMISSIONS,
    silent_events=SILENT,
    jobs=(PURGE_SESSIONS,),
    commands=(users,),
    code_lists=CODE_LISTS,
    on_start=put_in_client,
)
