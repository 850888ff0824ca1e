"""The public site: whole and signed it is genuine; anything else is named, and nothing runs on it."""

import re
import shutil
import subprocess
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct import sealing
from safeconduct.pages import site

PRIVATE, PUBLIC = sealing.new_sign_keys()
UNTIL = date(2031, 5, 30)
TOLD = {
    language: {"title": f"Так можно & <иначе> {language}", "text": ["Первое.", "<b>Второе</b>"],
               "ways": ["+380 00 000 00 00", "http://aaaa.onion"]}
    for language in ("ru", "uk", "en", "fr", "sw")
}  # fmt: skip


def made(told=TOLD):
    return site.made(site.read(told), private=PRIVATE, until=UNTIL)


def fault(files, key=PUBLIC, today=UNTIL):
    return site.fault(files, key=key, today=today)


def test_a_whole_copy_is_genuine_to_its_last_day_and_old_after_it():
    assert fault(made()) == ""
    assert "is old" in fault(made(), today=date(2031, 5, 31))


def test_another_key_signs_another_site():
    assert "not by this key" in fault(made(), key=sealing.new_sign_keys()[1])


@given(st.data())
def test_one_changed_byte_anywhere_is_named_or_breaks_the_signature(data):
    files = made()
    name = data.draw(st.sampled_from(sorted(files)))
    at = data.draw(st.integers(0, len(files[name]) - 1))
    flipped = bytearray(files[name])
    flipped[at] ^= data.draw(st.integers(1, 255))
    told = fault({**files, name: bytes(flipped)})
    assert told == f"{name} was altered" or "signature" in told


def test_a_file_too_few_or_too_many_is_named():
    files = made()
    assert fault({n: c for n, c in files.items() if n != "uk.html"}) == "uk.html is missing"
    assert fault({**files, "x.js": b""}) == "x.js is not part of the site"
    assert "signature" in fault({})


@pytest.mark.parametrize(
    "strange",
    [
        "<script>x</script>", '<img src="x">', '<a href="https://x.example/x.html">x</a>',
        '<a href="//x.example">x</a>', '<p onclick="x">x</p>', "<form><input></form>",
        '<a href="javascript:x.html">x</a>', "<style>p{background:url(x)}</style>",
    ],
)  # fmt: skip
def test_what_runs_or_fetches_is_found_even_under_the_right_signature(strange):
    assert site.foreign(f"<html><body>{strange}</body></html>".encode())


def test_nothing_on_it_runs_leads_away_or_was_taken_for_markup():
    for name, page in made().items():
        if name.endswith(".html"):
            assert site.foreign(page) == ""
            assert b"<b>" not in page
            assert len(page) < 14 * 1024
            assert set(re.findall(rb'href="([^"]*)"', page)) == {
                f"{each}.html".encode() for each in TOLD
            }


def test_the_printed_key_is_read_back_however_it_was_typed_and_another_is_refused():
    assert site.key_of(site.spoken(PUBLIC).upper().replace(" ", "\n")) == PUBLIC
    for wrong in ("", "zz", site.spoken(PUBLIC)[:-2]):
        with pytest.raises(site.WrongSite):
            site.key_of(wrong)


@pytest.mark.parametrize(
    "told", [{}, {"xx": TOLD["ru"]}, {"ru": {"title": "x"}}, {"ru": {**TOLD["ru"], "ways": []}}]
)
def test_words_that_lack_something_make_no_site(told):
    with pytest.raises(site.WrongSite):
        site.read(told)


def test_who_has_not_our_program_checks_it_with_everybodys(tmp_path):
    for name, content in made().items():
        (tmp_path / name).write_bytes(content)
    sums, openssl = shutil.which("sha256sum"), shutil.which("openssl")
    assert sums
    assert openssl
    prefix = bytes.fromhex("302a300506032b6570032100")  # RFC 8410: an Ed25519 key in DER
    (tmp_path.parent / "key.der").write_bytes(prefix + PUBLIC)
    argv = [openssl, "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", "../key.der",
            "-rawin", "-in", site.SUMS, "-sigfile", site.SIGNATURE]  # fmt: skip
    for run in ([sums, "--strict", "-c", site.SUMS], argv):
        done = subprocess.run(run, cwd=tmp_path, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
