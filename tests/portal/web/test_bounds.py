"""What a request may carry in its first lines."""

import pytest

from tests.world import World


@pytest.mark.parametrize(
    ("path", "headers", "status", "words"),
    [
        ("/search?q=" + "a" * 9_000, {}, 414, "网址太长"),
        ("/" + "a" * 9_000, {}, 414, "网址太长"),
        ("/search", {f"X-Made-Up-{n}": "1" for n in range(80)}, 431, "请求头太多"),
    ],
    ids=["query", "path", "headers"],
)
def test_too_much_is_refused_in_our_words_and_with_our_headers(
    shared_world: World, path: str, headers: dict[str, str], status: int, words: str
) -> None:
    response = shared_world.client().get(path, headers=headers)
    assert response.status_code == status
    assert words in response.get_data(as_text=True)
    assert len(response.get_data()) < 40_000, "the address is not repeated all over the page"
    assert "Content-Security-Policy" in response.headers
    assert response.headers["X-Content-Type-Options"] == "nosniff"
