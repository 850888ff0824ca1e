"""Every duty of docs/law.md and every "never" of docs/refusals.md is kept by code that a test calls."""

import re

import pytest

from tests import named

README = named.ROOT / "README.md"


@pytest.mark.parametrize("page", [named.LAW, named.REFUSALS], ids=lambda page: page.stem)
def test_every_function_and_test_on_the_page_exists(page):
    pairs = named.read(page)
    assert len(pairs) > 20
    assert [sentence for sentence in map(named.missing, pairs) if sentence] == []


def test_every_never_of_the_readme_has_its_line():
    text = named.REFUSALS.read_text(encoding="utf-8")
    section = README.read_text(encoding="utf-8").split("## What it never does")[1].split("\n## ")[0]
    nevers = re.findall(r"^\| ([a-z][^|]+?) \|", section, flags=re.MULTILINE)
    known = {
        "steer a weapon or an aircraft": "steer a weapon",
        "look up, enrich or harvest phone numbers": "take more of a person than number",
        "threaten, set a deadline, deny quarter": "set a deadline",
        "promise what no authority has signed": "promise what no authority has signed",
        "let a promise hang on enlisting or on intelligence": "let a promise hang on enlisting",
        "use anyone as bait": "use anyone as bait",
        "put place, time and sign into one message": "put place, time and sign into one message",
        "write to somebody who fell silent": "write to somebody who fell silent",
        "publish who came over": "Publishing has no rule because it has no verb",
        "command a drone to do anything but tell what it sees": "command a drone",
        "tell a relative of a man who does not wish it": "let a relative find a man who does not wish it",
        "certify anybody by a commander's list alone": "certify anybody by a commander's list alone",
        "let the record of a passage out by one person": "let the record of an escort out by one",
    }
    assert set(nevers) == set(known)
    assert [never for never in nevers if known[never] not in text] == []
