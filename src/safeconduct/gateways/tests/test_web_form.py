"""What the contact page's file may say, and in which languages it speaks."""

import asyncio

import pytest

from safeconduct.gateways import web_form
from safeconduct.pages import contact, wordcode
from safeconduct.pages.boxes import Boxes
from safeconduct.pages.serving import Request
from safeconduct.spool import certificates
from safeconduct.spool.config import ConfigWrong
from safeconduct.spool.edge import Edge
from safeconduct.spool.tests.made import programme

pytestmark = pytest.mark.enable_socket  # a free port is asked of the machine


@pytest.fixture
def spoken(tmp_path):
    def ask(table="", *, profile=()):
        made = programme(tmp_path, name="web", table=table)
        certificates.enrol(made.data, "web", box_public=b"", languages=profile)
        return web_form.spoken(made.config())

    return ask


def test_the_page_speaks_the_programmes_languages_most_likely_first(spoken):
    assert spoken(profile=("sw", "fr")) == ["sw", "fr"]


def test_a_language_of_the_programme_without_words_is_left_out_and_the_others_stand(spoken):
    assert spoken(profile=("ha", "fr")) == ["fr"]


def test_its_own_line_says_more_than_the_programme(spoken):
    assert spoken('languages = ["en"]\n', profile=("ru", "uk")) == ["en"]


def test_without_either_it_speaks_all_it_has_words_in(spoken):
    assert spoken() == list(contact.words())


@pytest.mark.parametrize(
    ("table", "profile"),
    [('languages = ["en", "ha"]\n', ()), ("languages = []\n", ("ru",)), ("", ("ha",))],
    ids=["a line asks for what there is not", "an empty line", "no word in any of them"],
)
def test_a_page_without_words_does_not_start_and_says_what_there_is(spoken, table, profile):
    with pytest.raises(ConfigWrong, match="Give the line languages"):
        spoken(table, profile=profile)


def test_who_writes_waits_for_nobody_who_tries_codes(tmp_path):
    made = programme(tmp_path, name="web")

    async def play():
        edge = Edge(made.config())
        desk = web_form.Desk(edge, Boxes(edge.from_core), away="/", languages=["ru"], step_s=0.01)
        forms = [
            {"f": f"{n:032x}", "do": do, "k": wordcode.new_code(), "m": "и всё же"}
            for n, do in enumerate(("read", "write"))
        ]
        async with desk._lanes["read"].turn():  # a crowd is at it, and does not end
            tries, writes = (
                asyncio.ensure_future(desk.serve(Request("POST", {}, form))) for form in forms
            )
            assert (await asyncio.wait_for(writes, 30)).status == 303
            assert not tries.done()
        assert (await asyncio.wait_for(tries, 30)).status == 303

    asyncio.run(play())
