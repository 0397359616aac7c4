"""Settings: read once, unknown ones refused, secrets never shown."""

import threading
from dataclasses import fields
from pathlib import Path

import pytest

from portal.kernel import settings as module
from portal.kernel.errors import Invalid
from portal.kernel.settings import Settings, from_environment

KEY = "k" * 32


def read(folder: Path, **values: str) -> Settings:
    return from_environment({"PORTAL_DATA": str(folder), **values})


def test_a_demo_needs_no_setting_and_keeps_its_secrets(tmp_path: Path) -> None:
    first = read(tmp_path, PORTAL_BIND="127.0.0.1:9000")
    assert first.is_demo
    assert len(first.secret_key) > 40
    assert read(tmp_path).secret_key == first.secret_key
    assert (tmp_path / "secret-key").stat().st_mode & 0o777 == 0o600
    assert first.url == "http://127.0.0.1:9000"
    assert first.issuer == "http://127.0.0.1:9001"
    assert first.uses_local_provider
    assert first.database == f"sqlite:///{tmp_path / 'portal.sqlite'}"
    assert {
        first.dispatcher_socket.parent,
        first.search_folder.parent,
        first.file_folder.parent,
    } == {tmp_path}


def test_processes_that_start_together_agree_on_the_secret(tmp_path: Path) -> None:
    found: list[str] = []
    crowd = [
        threading.Thread(target=lambda: found.append(read(tmp_path).secret_key)) for _n in range(6)
    ]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    assert len(found) == 6
    assert len(set(found)) == 1
    assert "" not in found


def test_a_secret_that_is_given_is_taken(tmp_path: Path) -> None:
    made = read(tmp_path, PORTAL_SECRET_KEY=KEY, PORTAL_OIDC_CLIENT_SECRET="s")
    assert (made.secret_key, made.oidc_client_secret) == (KEY, "s")
    assert not (tmp_path / "secret-key").exists()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"PORTAL_COLOUR": "red"}, "PORTAL_COLOUR"),
        ({"PORTAL_LOG_LEVEL": "loud"}, "PORTAL_LOG_LEVEL"),
        ({"PORTAL_DATABASE_URL": "mysql://u:hidden@h/d"}, "PORTAL_DATABASE_URL"),
        ({"PORTAL_SEARCH_URL": "http://h:1, h:2"}, "PORTAL_SEARCH_URL"),
        ({"PORTAL_WORKERS": "many"}, "PORTAL_WORKERS"),
        ({"PORTAL_MODE": "test"}, "PORTAL_MODE"),
        ({"PORTAL_BIND": "8000"}, "PORTAL_BIND"),
        ({"PORTAL_BIND": "127.0.0.1:99999"}, "PORTAL_BIND"),
        ({"PORTAL_BIND": "127.0.0.1:65535"}, "PORTAL_BIND"),
        ({"PORTAL_WORKERS": "0"}, "PORTAL_WORKERS"),
        ({"PORTAL_WORKERS": "1000000"}, "PORTAL_WORKERS"),
        ({"PORTAL_SESSION_HOURS": "999999999999"}, "PORTAL_SESSION_HOURS"),
        ({"PORTAL_SESSION_IDLE_MINUTES": "0"}, "PORTAL_SESSION_IDLE_MINUTES"),
        ({"PORTAL_UPLOAD_BYTES": "-5"}, "PORTAL_UPLOAD_BYTES"),
        ({"PORTAL_SEARCH_CONCURRENT": "-1"}, "PORTAL_SEARCH_CONCURRENT"),
        ({"PORTAL_TRUSTED_PROXIES": "-2"}, "PORTAL_TRUSTED_PROXIES"),
        ({"PORTAL_REGION_CODE": "abc"}, "PORTAL_REGION_CODE"),
        ({"PORTAL_SEARCH_PREFIX": "A B/*"}, "PORTAL_SEARCH_PREFIX"),
        ({"PORTAL_PUBLIC_URL": "portal.city.example"}, "PORTAL_PUBLIC_URL"),
        ({"PORTAL_OIDC_ISSUER": "id.example"}, "PORTAL_OIDC_ISSUER"),
        ({"PORTAL_SEARCH_URL": "http://127.0.0.1:abc"}, "PORTAL_SEARCH_URL"),
        ({"PORTAL_DATABASE_URL": "postgresql://u:p@127.0.0.1:port/x"}, "PORTAL_DATABASE_URL"),
        ({"PORTAL_DATABASE_URL": "postgresql://u:p@ss/w@rd@h/x"}, "%40"),
        ({"PORTAL_MODE": "production"}, "PORTAL_SECRET_KEY"),
        ({"PORTAL_MODE": "production", "PORTAL_SECRET_KEY": KEY}, "PORTAL_OIDC_ISSUER"),
        (
            {
                "PORTAL_MODE": "production",
                "PORTAL_SECRET_KEY": KEY,
                "PORTAL_OIDC_ISSUER": "https://id.example",
                "PORTAL_SITE_OWNER": "某市数据局",
            },
            "PORTAL_SITE_CONTACT",
        ),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, values: dict[str, str], words: str) -> None:
    with pytest.raises(Invalid, match=words):
        read(tmp_path, **values)


@pytest.mark.parametrize(
    ("bind", "public", "url", "issuer"),
    [
        ("0.0.0.0:9000", "", "http://127.0.0.1:9000", "http://127.0.0.1:9001"),
        ("[::]:9000", "", "http://[::1]:9000", "http://[::1]:9001"),
        (
            "127.0.0.1:9000",
            "http://localhost:9000",
            "http://localhost:9000",
            "http://localhost:9001",
        ),
        ("0.0.0.0:9000", "http://10.1.2.3:9000", "http://10.1.2.3:9000", "http://127.0.0.1:9001"),
    ],
)
def test_the_local_issuer_follows_the_printed_address(
    tmp_path: Path, bind: str, public: str, url: str, issuer: str
) -> None:
    made = read(tmp_path, PORTAL_BIND=bind, PORTAL_PUBLIC_URL=public)
    assert (made.url, made.issuer) == (url, issuer)


def test_production_takes_servers_by_setting(tmp_path: Path) -> None:
    made = read(
        tmp_path,
        PORTAL_MODE="production",
        PORTAL_SECRET_KEY=KEY,
        PORTAL_OIDC_ISSUER="https://id.example/",
        PORTAL_PUBLIC_URL="https://data.example/",
        PORTAL_DATABASE_URL="postgresql://portal:p%40ss@db.example/portal",
        PORTAL_SEARCH_URL="https://elastic:hidden@search.example",
        PORTAL_WORKERS="4",
        PORTAL_CITY_NAME="",
        PORTAL_SITE_OWNER="某市数据局",
        PORTAL_SITE_CONTACT="0531-66600000",
    )
    assert not made.is_demo
    assert (made.issuer, made.url) == ("https://id.example", "https://data.example")
    assert made.database == "postgresql+psycopg://portal:p%40ss@db.example/portal"
    assert (made.workers, made.city_name) == (4, "济南市")
    assert (made.site_owner, made.site_icp) == ("某市数据局", ""), "nothing of the sample is shown"
    assert {KEY, "p@ss", "hidden"} <= set(made.secrets())
    shown = " ".join(f"{name} {value} {help_text}" for name, value, help_text in made.rows())
    assert not [secret for secret in made.secrets() if secret in shown]


def test_every_setting_has_its_help() -> None:
    rows = Settings().rows()
    assert len(rows) == len(fields(Settings))
    assert all(str(help_text) for _name, _value, help_text in rows)
    assert all(name.startswith(module.PREFIX) for name, _value, _help in rows)
