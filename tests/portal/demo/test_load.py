"""The sample data in the portal: all of it or nothing, related both ways, dated as it says."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from auth.models import Unit
from catalog.entries.models import Entry, EntryVersion
from portal.demo import load, reader
from portal.kernel import clock
from tests.world import World


def _documents(world: World) -> dict[str, tuple[Entry, dict[str, Any]]]:
    """Every entry that ever was published, by its region and code."""
    query = select(Entry, EntryVersion.document).join(
        EntryVersion, EntryVersion.id == Entry.current_version_id
    )
    with world.runtime.database.reading() as session:
        return {
            f"{entry.region_code} {entry.code}": (entry, json.loads(document))
            for entry, document in session.execute(query)
        }


def test_related_entries_name_one_another(shared_world: World) -> None:
    found = _documents(shared_world)
    pairs = {
        (code, f"{entry.region_code} {other}")
        for code, (entry, document) in found.items()
        for other in document.get("related", ())
    }
    assert len(pairs) >= 60
    assert all((other, code) in pairs for code, other in pairs)
    a, b = next(iter(sorted(pairs)))
    for here, there in ((a, b), (b, a)):
        page = shared_world.client("shuyu").get(f"/catalog/entries/{found[here][0].id}")
        assert f'/catalog/entries/{found[there][0].id}"' in page.get_data(as_text=True)


def test_entries_stand_where_the_sample_says_in_their_first_version(shared_world: World) -> None:
    with shared_world.runtime.database.reading() as session:
        rows = session.execute(
            select(Entry.title, Entry.standing, Entry.last_number, EntryVersion.status).join(
                EntryVersion, EntryVersion.entry_id == Entry.id
            )
        ).all()
    stands = {title: (standing, number, status) for title, standing, number, status in rows}
    assert len(rows) == len(stands) == sum(1 for _entry in reader.entries())
    for sample in reader.entries():
        standing, number, status = stands[sample.body["title"]]
        assert number == 1
        if sample.standing in ("published", "suspended", "withdrawn"):
            assert (standing, status) == (sample.standing, "published")
        else:
            assert (standing, status) == ("unpublished", sample.standing)


def test_an_entry_was_published_on_the_day_that_it_states(shared_world: World) -> None:
    for entry, document in _documents(shared_world).values():
        assert entry.first_published_at is not None
        published = clock.local(entry.first_published_at)
        assert published.date().isoformat() == document["issued_on"]
        assert 9 <= published.hour < 17
        if entry.standing == "published":
            assert entry.metadata_changed_at == entry.first_published_at
        else:
            assert clock.now() - entry.metadata_changed_at < timedelta(hours=6)


def test_a_second_load_changes_nothing(shared_world: World) -> None:
    before = len(_documents(shared_world))
    assert load.load_sample(shared_world.runtime) == {}
    assert len(_documents(shared_world)) == before


def test_whoever_is_stopped_in_the_middle_leaves_nothing_and_starts_again(
    empty_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_arguments: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(load, "_move", stop)
        with pytest.raises(KeyboardInterrupt):
            load.load_sample(empty_world.runtime)
    with empty_world.runtime.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Unit)) == 0
    assert load.load_sample(empty_world.runtime)["entries"] > 300
