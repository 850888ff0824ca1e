"""What the contact page's file may say, and in which languages it speaks."""

import asyncio
import socket

import pytest

from safeconduct.gateways import web_form
from safeconduct.pages import contact, wordcode
from safeconduct.pages.boxes import Boxes
from safeconduct.pages.serving import Request
from safeconduct.spool import certificates, link
from safeconduct.spool.config import ConfigWrong
from safeconduct.spool.edge import Edge
from safeconduct.spool.tests.made import programme
from safeconduct.spool.tests.test_link import running, until

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


AWAY = 'away = "https://weather.example/"\n'


def test_the_page_makes_the_folder_of_its_socket_for_its_own_group_and_answers_there(
    tmp_path_factory,
):
    short = tmp_path_factory.mktemp("p")  # a socket's path has 107 bytes
    made = programme(short, name="web", table=f'page = "unix:run/page.sock"\n{AWAY}')
    path = made.folder / "run" / "page.sock"

    async def story():
        async with running(web_form.run(made.config())):
            await until(path.exists)
            reader, writer = await asyncio.open_unix_connection(path)
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            first = await reader.readline()
            await link.close(writer)
        return first

    assert asyncio.run(story()).startswith(b"HTTP/1.1 200")
    assert path.parent.stat().st_mode & 0o777 == 0o750


def test_a_page_that_cannot_listen_says_which_line_to_mend(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as held:
        there = f"127.0.0.1:{held.getsockname()[1]}"
        made = programme(tmp_path, name="web", table=f'page = "{there}"\n{AWAY}')
        with pytest.raises(ConfigWrong, match=r"127.0.0.1:\d+ cannot be listened on: .*line page"):
            asyncio.run(web_form.run(made.config()))
