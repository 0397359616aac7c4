"""The provider as an application, without the portal."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from auth.provider.app import create_provider
from auth.provider.personas import Persona
from portal.kernel.settings import Settings

PEOPLE = (Persona("a", "示例·甲", "a@example.invalid", ("首席代表",)), Persona("b", "示例·乙"))


@pytest.fixture
def settings(tmp_path: Path, provider_key: Path) -> Settings:
    shutil.copy(provider_key, tmp_path)  # making one takes long
    return replace(
        Settings(), data=tmp_path, secret_key="k" * 48, oidc_client_secret="client-secret"
    )


@pytest.fixture
def provider(settings: Settings) -> Iterator[Flask]:
    app = create_provider(settings, PEOPLE)
    yield app
    app.extensions["provider"].storage.close()
