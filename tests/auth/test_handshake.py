"""The cookie that a sign-in keeps until it comes back."""

import base64
import json
from dataclasses import replace

import pytest

from auth import handshake
from auth.oidc import Attempt, SignInFailed
from portal.kernel.settings import Settings


@pytest.fixture
def attempt() -> Attempt:
    return handshake.new_attempt("/account")


@pytest.fixture
def settings() -> Settings:
    return replace(Settings(), secret_key="k" * 48)


def test_the_cookie_gives_the_attempt_back(settings: Settings, attempt: Attempt) -> None:
    assert handshake.unseal(settings, handshake.seal(settings, attempt)) == attempt


def test_a_cookie_of_another_key_or_another_content_is_refused(
    settings: Settings, attempt: Attempt
) -> None:
    sealed = handshake.seal(settings, attempt)
    other = handshake.seal(replace(settings, secret_key="x" * 48), attempt)
    forged = base64.urlsafe_b64encode(json.dumps({"state": "s"}).encode()).decode()
    for wrong in (other, forged, sealed[:-1], "", None):
        with pytest.raises(SignInFailed):
            handshake.unseal(settings, wrong)


def test_a_wish_is_read_from_a_cookie_of_ours_alone(settings: Settings, attempt: Attempt) -> None:
    assert handshake.wish(settings, handshake.seal(settings, attempt)) == "/account"
    for wrong in (None, "", "x"):
        assert handshake.wish(settings, wrong) == "/"
