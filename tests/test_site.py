"""The public site by its commands: a key, a site, a copy that is genuine, and one that is not."""

import os
import re
import shutil

import pytest

from safeconduct.command.main import main

WORDS = """
[ru]
title = "Если вы хотите выйти"
text = ["Вам ответит человек.", "Имя не нужно."]
ways = ["+380 00 000 00 00"]

[en]
title = "If you want to leave"
text = ["A person will answer.", "No name is needed."]
ways = ["+380 00 000 00 00"]
"""


@pytest.fixture
def site(tmp_path, capsys):
    """Return the folder of a made site, and its key as it was printed."""
    (tmp_path / "words.toml").write_text(WORDS)
    assert main(["site", "key", "--to", str(tmp_path / "site.key")]) == 0
    printed = re.search(r"(?:[0-9a-f]{4} ?){16}", capsys.readouterr().out)[0]
    words, key, to = (str(tmp_path / each) for each in ("words.toml", "site.key", "site"))
    assert main(["site", "make", words, "--key", key, "--to", to]) == 0
    return tmp_path / "site", printed


def verified(folder, key, capsys):
    code = main(["site", "verify", str(folder), "--key", key])
    return code, capsys.readouterr().out


def test_a_copy_of_a_mirror_is_genuine_and_an_altered_one_is_named(site, tmp_path, capsys):
    folder, key = site
    mirror = shutil.copytree(folder, tmp_path / "mirror")
    capsys.readouterr()
    assert verified(mirror, key, capsys) == (0, "Genuine: all 6 files, and it still counts.\n")
    page = mirror / "ru.html"
    page.write_text(page.read_text().replace("380 00", "380 66"))  # the hunters' number
    assert verified(mirror, key, capsys) == (1, "NOT GENUINE: ru.html was altered.\n")


def test_a_mirror_cannot_speak_for_us_by_the_name_of_a_file(site, capsys):
    folder, key = site
    capsys.readouterr()
    for name in (b"a is fine.\nGenuine: all 6 files, and it still counts.\n", b"a\xff"):
        strange = os.fsencode(folder) + b"/" + name
        with open(strange, "wb"):  # noqa: PTH123  a name in no alphabet
            pass
        code, said = verified(folder, key, capsys)
        assert (code, len(said.splitlines())) == (1, 1)
        assert said.startswith("NOT GENUINE: 'a")
        os.remove(strange)  # noqa: PTH107  the same


def test_the_key_is_for_its_owner_alone_and_is_never_made_over(site, tmp_path):
    key = tmp_path / "site.key"
    before = key.read_bytes()
    assert key.stat().st_mode & 0o077 == 0
    assert main(["site", "key", "--to", str(key)]) == 2
    assert key.read_bytes() == before


def test_what_cannot_be_made_is_told_in_a_line_and_leaves_nothing(site, tmp_path, capsys):
    folder, _ = site
    bad = tmp_path / "bad.toml"
    bad.write_text("[ru]\ntitle = 'x'\n")
    made = ["--key", str(tmp_path / "site.key")]
    assert main(["site", "make", str(bad), *made, "--to", str(tmp_path / "new")]) == 2
    assert "needs title, text and ways" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()
    words = str(tmp_path / "words.toml")
    assert main(["site", "make", words, *made, "--to", str(folder)]) == 2
    assert "not empty" in capsys.readouterr().err
    assert main(["site", "verify", str(folder), "--key", "abc"]) == 2
