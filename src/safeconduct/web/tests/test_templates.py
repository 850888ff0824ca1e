import re
from pathlib import Path

import pytest
from django.template import Context, Template
from django.utils import translation

from safeconduct.refusal import Refusal, said

SRC = Path(__file__).parents[2]
PAGES = [p for p in SRC.rglob("templates/**/*.html") if "tests" not in p.parts]
STATIC = [p for p in SRC.rglob("static/**/*") if p.suffix in {".js", ".css", ".svg"}]
# The phone page that works without a network has a budget of its own (docs/decisions).
OURS = [p for p in STATIC if p.suffix == ".js" and "handover" not in p.parts]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(SRC).as_posix())
def test_a_page_holds_no_script_no_style_and_no_foreign_address(page):
    told = page.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle\s*=", told)
    assert not re.search(r"<style", told)
    assert not re.search(r"<script(?![^>]*\ssrc=)", told)
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", told)
    assert not re.search(r"\bhx-on\b|hx-vals\s*=\s*[\"']js:", told)
    assert not re.search(r"(?:src|href|action)\s*=\s*[\"'](?:https?:)?//", told)


def test_a_page_tells_a_refusal_by_one_filter_alone():
    otherwise = re.compile(r"refusal }}|(?:refusal|sealed|refused|no)\.why\b|\.remedy\b")
    assert [p.name for p in PAGES if otherwise.search(p.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("language", ["en", "uk"])
def test_a_value_of_a_refusal_is_escaped_in_every_language(language):
    no = Refusal("text.stop", said("“{zone}” is no time zone.", zone="<b>{x}</b>"))
    page = Template("{% load refusal %}{{ refusal|told }}{{ none|told }}")
    with translation.override(language):
        shown = page.render(Context({"refusal": no, "none": None}))
    assert "&lt;b&gt;{x}&lt;/b&gt;" in shown
    assert ("is no time zone" in shown) == (language == "en")


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(SRC).as_posix())
def test_a_page_title_is_dull(page):
    found = re.search(r"{% block title %}(.*?){% endblock %}", page.read_text(), re.S)
    if found:
        assert "{{" not in found[1], "a title never holds a ref, a name or a count"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(SRC).as_posix())
def test_a_button_never_says_ok_or_submit_or_confirm(page):
    for words in re.findall(r"<button[^>]*>(.*?)</button>", page.read_text(), re.S):
        assert not re.search(r"\"(OK|Submit|Confirm|Yes|No|Are you sure\??|Oops)\"", words, re.I)


def test_our_own_scripts_and_the_stylesheet_stay_small():
    lines = {p.name: len(p.read_text().splitlines()) for p in OURS}
    of_the_map = sum(lines.pop(name) for name in ("map.js", "tiles.js", "draw.js"))
    assert of_the_map < 300  # docs/decisions/0120-the-map.md
    assert lines.pop("station.js") < 80  # the one script of another console
    assert sum(lines.values()) < 400
    assert len((SRC / "web/static/web/console.css").read_text().splitlines()) <= 400


@pytest.mark.parametrize("path", STATIC, ids=lambda p: p.name)
def test_no_file_of_ours_names_another_host(path):
    told = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?://", told)


def test_no_script_evaluates_text():
    for path in OURS:
        assert not re.search(r"\beval\(|new Function|innerHTML\s*=", path.read_text())


def test_no_script_keeps_anything_in_the_browser():
    for path in OURS:
        assert not re.search(
            r"localStorage|sessionStorage|indexedDB|document\.cookie|caches\.", path.read_text()
        )


def test_the_stylesheet_has_no_token_for_duress():
    rules = re.sub(r"/\*.*?\*/", "", (SRC / "web/static/web/console.css").read_text(), flags=re.S)
    assert not re.search(r"duress|compromised", rules, re.I)
