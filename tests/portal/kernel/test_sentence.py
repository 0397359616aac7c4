"""Texts in the database stay translatable."""

from datetime import date

import pytest
from sqlalchemy import select

from portal.kernel import text
from portal.kernel.access import SYSTEM
from portal.kernel.addressee import Addressee
from portal.kernel.messages import Message, NewMessage, send_message
from portal.kernel.runtime import Runtime
from portal.kernel.sentence import Sentence, plain
from portal.kernel.text import _, speaking
from portal.kernel.uow import unit_of_work


def test_a_kept_sentence_is_read_in_the_language_of_its_reader(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    english = {
        "目录“%(title)s”已退回：%(why)s": "Returned “%(title)s”: %(why)s",
        "缺依据": "no basis",
    }
    monkeypatch.setitem(text._catalogs, "en", english)
    title = _("目录“%(title)s”已退回：%(why)s", title="50% 甲", why=_("缺依据"))
    with unit_of_work(runtime, SYSTEM) as uow:
        send_message(uow, NewMessage("k", title, Addressee(unit_id="u"), body=plain("100%")))
    with runtime.database.reading() as session:
        kept = session.scalars(select(Message)).one()
    assert str(kept.title) == "目录“50% 甲”已退回：缺依据"
    assert str(kept.body) == "100%"
    with speaking("en"):
        assert str(kept.title) == "Returned “50% 甲”: no basis"


def test_values_that_json_does_not_know_are_kept_as_words() -> None:
    column = Sentence()
    kept = column.process_bind_param(_("于%(day)s，%(n)s 件", day=date(2022, 3, 1), n=3), None)
    back = column.process_result_value(kept, None)
    assert str(back) == "于2022-03-01，3 件"
    assert back is not None
    assert back.values["n"] == 3


def test_no_sentence_stays_none() -> None:
    column = Sentence()
    assert column.process_bind_param(None, None) is None
    assert column.process_result_value(None, None) is None
