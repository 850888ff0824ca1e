"""The certificate of a console in the open, followed while it runs: a month, two weeks, a lost file."""

import contextlib
from dataclasses import replace
from datetime import timedelta

import pytest

from safeconduct import clock
from safeconduct.command import authority, public
from safeconduct.command.family import House
from safeconduct.command.public import Following, Open
from safeconduct.command.supervise import Family, Part
from safeconduct.web import tls
from tests.certified import Theirs
from tests.known_name import HOST
from tests.programme import until

REPEATS = "import sys\nfor line in sys.stdin: print(line, end='', flush=True)"


@pytest.fixture
def theirs(tmp_path):
    made = Theirs(tmp_path / "theirs")
    made.write()
    return made


@contextlib.contextmanager
def family(folder, told):
    """Run a part that repeats in its log what it is told."""
    parts = Family(folder, env={})
    parts.start((Part(public.PART, ("-c", REPEATS), 1, told),))
    try:
        yield parts
    finally:
        parts.stop()


def lines(folder):
    return (folder / "logs/web.log").read_text().splitlines()


def test_a_file_that_would_not_do_is_not_shown_and_is_told_once_when_it_stands(
    theirs, tmp_path, capsys
):
    opened = Open(certificate=str(theirs.certificate), key=str(theirs.key))
    house = House(tmp_path, 8443, "real", {}, public=f"https://{HOST}:8443", opened=opened)
    with family(tmp_path, theirs.read().told()) as parts:
        following, now = Following(house, opened, parts), clock.wall()
        following.look(wall=now)
        theirs.write("other.example")
        for minute in (1, 2, 3, 4):
            following.look(wall=now + timedelta(minutes=minute))
        assert capsys.readouterr().out.count("is still the one before. ") == 1
        theirs.write()
        following.look(wall=now + timedelta(minutes=5))
        assert until(lambda: len(lines(tmp_path)) == 2)
        assert parts.told(public.PART) == theirs.read().told()
        following.look(wall=now + timedelta(days=7))
        assert "ends on" in capsys.readouterr().out


def test_its_own_certificate_is_renewed_a_month_before_it_ends_and_not_before(keeper, tmp_path):
    house = House(
        tmp_path, 8443, "real", keeper.tokens, public=f"https://{HOST}:8443", opened=Open()
    )
    now = clock.wall()
    first = public.shown(house, Open(), wall=now).told()
    with family(tmp_path, first) as parts:
        following = Following(house, Open(), parts)
        following.look(wall=now)
        following.look(wall=now + timedelta(days=58))
        assert parts.told(public.PART) == first
        following.look(wall=now + timedelta(days=60))
        second = parts.told(public.PART)
        assert second != first
        assert until(lambda: len(lines(tmp_path)) == 2)
    assert second["chain"].endswith(first["chain"].partition("-----END CERTIFICATE-----\n")[2])
    assert tls.context(second["chain"], second["key"])
    assert authority.name_of(tmp_path) == HOST


def test_a_keeper_that_does_not_open_the_issuer_is_asked_each_hour_and_told_of_once(
    keeper, tmp_path, capsys
):
    name = f"https://{HOST}:8443"
    house = House(tmp_path, 8443, "real", keeper.tokens, public=name, opened=Open())
    refused = replace(house, tokens={"link": "not the token"})
    now = clock.wall()
    first = public.shown(house, Open(), wall=now).told()
    with family(tmp_path, first) as parts:
        following = Following(refused, Open(), parts)
        for minutes in range(0, 241, 20):
            following.look(wall=now + timedelta(days=60, minutes=minutes))
        assert capsys.readouterr().out.count("is still the one before. ") == 1
        assert parts.told(public.PART) == first


def test_while_it_runs_no_other_authority_is_made_of_one_that_was_lost(keeper, tmp_path, capsys):
    name = f"https://{HOST}:8443"
    house = House(tmp_path, 8443, "real", keeper.tokens, public=name, opened=Open())
    now = clock.wall()
    with family(tmp_path, public.shown(house, Open(), wall=now).told()) as parts:
        (tmp_path / authority.FOLDER / "issuer.sealed").unlink()
        following = Following(house, Open(), parts)
        for hours in (0, 2):
            following.look(wall=now + timedelta(days=60, hours=hours))
        assert "Bring it back from a copy" in capsys.readouterr().out
        assert until(lambda: len(lines(tmp_path)) == 1)
