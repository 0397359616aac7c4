"""The provider's signing key, and where the provider refuses to run."""

import stat
from dataclasses import replace

import pytest

from auth.provider.app import create_provider
from auth.provider.keys import signing_key
from portal.kernel.errors import Invalid
from portal.kernel.settings import Settings
from tests.auth.provider.conftest import PEOPLE


def test_the_key_is_made_once_and_read_by_its_owner_only(settings: Settings) -> None:
    path = settings.data / "new" / "provider-key.json"
    key = signing_key(path.parent)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert signing_key(path.parent).kid == key.kid
    assert list(path.parent.glob("provider-key.json.*")) == []


def test_the_first_of_two_that_start_at_once_makes_the_key(settings: Settings) -> None:
    from auth.provider import keys

    kid = signing_key(settings.data).kid
    keys._make(settings.data / "provider-key.json")
    assert signing_key(settings.data).kid == kid


# Where it does not run


@pytest.mark.parametrize(
    "changed",
    [
        {"mode": "production"},
        {"oidc_issuer": "https://id.example"},
        {"bind": "10.1.2.3:8000"},
        {"bind": "10.1.2.3:8000", "public_url": "http://localhost:8000"},
    ],
)
def test_it_is_refused_outside_the_demo_and_outside_this_machine(
    settings: Settings, changed: dict[str, str]
) -> None:
    with pytest.raises(Invalid):
        create_provider(replace(settings, **changed), PEOPLE)


@pytest.mark.parametrize(
    ("bind", "own"), [("0.0.0.0:8000", "127.0.0.1:8001"), ("[::]:8000", "[::1]:8001")]
)
def test_it_listens_to_this_machine_alone_where_the_portal_listens_to_all(
    settings: Settings, bind: str, own: str
) -> None:
    changed = replace(settings, bind=bind)
    create_provider(changed, PEOPLE)
    assert changed.provider_bind == own
