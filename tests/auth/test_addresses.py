"""Ways back and addresses that may be trusted."""

import pytest

from auth.addresses import is_here, is_loopback, is_safe, same_machine_address, way_back


@pytest.mark.parametrize("path", ["/", "/entries", "/search?q=%E6%B0%B4&page=2", "/a#b"])
def test_a_path_of_this_site_is_a_way_back(path: str) -> None:
    assert way_back(path) == path


@pytest.mark.parametrize(
    "path",
    [
        None,
        "",
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "/\n//evil.example",
        "javascript:alert(1)",
        "evil",
        "/水",
        "/sign-in?next=/",
        "/sign-out",
        "/signed-out",
        "/a b",
    ],
)
def test_everything_else_leads_home(path: str | None) -> None:
    assert way_back(path) == "/"


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://id.example", True),
        ("http://127.0.0.1:8001", True),
        ("http://localhost:8001", True),
        ("http://[::1]:8001", True),
        ("http://10.0.0.1:8001", False),
        ("http://0.0.0.0:8001", False),
        ("http://id.example", False),
        ("ftp://localhost", False),
        ("http://[::1", False),
        ("", False),
    ],
)
def test_http_is_trusted_within_this_machine_only(url: str, safe: bool) -> None:
    assert is_safe(url) is safe


def test_no_host_is_not_loopback() -> None:
    assert not is_loopback(None)


def test_another_name_of_this_machine_is_led_to_the_one_in_the_settings() -> None:
    assert (
        same_machine_address("http://127.0.0.1:8000", "localhost:8000") == "http://127.0.0.1:8000"
    )
    assert same_machine_address("http://127.0.0.1:8000", "127.0.0.1:8000") is None
    assert same_machine_address("https://data.example", "localhost") is None
    assert same_machine_address("http://127.0.0.1:8000", "[::1") is None


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("127.0.0.1:8000", True),
        ("localhost", True),
        ("[::1]:8000", True),
        ("192.168.1.5:8000", False),
        ("portal.example", False),
        ("0.0.0.0:8000", False),
        ("[::1", False),
        ("", False),
    ],
)
def test_only_names_of_this_machine_are_here(host: str, here: bool) -> None:
    assert is_here(host) is here
