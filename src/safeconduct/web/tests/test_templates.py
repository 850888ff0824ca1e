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


def found(pattern, pages=PAGES):
    """Return on which pages it stands."""
    looked = re.compile(pattern)
    return [page for page in pages if looked.search(page.read_text(encoding="utf-8"))]


def test_a_page_holds_no_script_no_style_and_no_foreign_address():
    assert len(PAGES) > 100
    assert found(r"\sstyle\s*=") == []
    assert found(r"<style") == []
    assert found(r"<script(?![^>]*\ssrc=)") == []
    assert found(r"\son[a-z]+\s*=\s*[\"']") == []
    assert found(r"\bhx-on\b|hx-vals\s*=\s*[\"']js:") == []
    assert found(r"(?:src|href|action)\s*=\s*[\"'](?:https?:)?//") == []


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


def test_a_page_title_is_dull():
    for page in PAGES:
        title = re.search(r"{% block title %}(.*?){% endblock %}", page.read_text(), re.S)
        assert title is None or "{{" not in title[1], f"{page}: never a ref, a name or a count"


def test_a_button_never_says_ok_or_submit_or_confirm():
    never = re.compile(r"\"(OK|Submit|Confirm|Yes|No|Are you sure\??|Oops)\"", re.I)
    for page in PAGES:
        for words in re.findall(r"<button[^>]*>(.*?)</button>", page.read_text(), re.S):
            assert not never.search(words), page


def test_our_own_scripts_and_the_stylesheet_stay_small():
    lines = {p.name: len(p.read_text().splitlines()) for p in OURS}
    of_the_map = sum(lines.pop(name) for name in ("map.js", "tiles.js", "draw.js"))
    assert of_the_map < 300  # docs/decisions/0120-the-map.md
    assert lines.pop("station.js") < 80  # the one script of another console
    assert sum(lines.values()) < 400
    assert len((SRC / "web/static/web/console.css").read_text().splitlines()) <= 400


def test_no_file_of_ours_names_another_host():
    assert STATIC
    assert found(r"https?://(?!www\.w3\.org/2000/svg)", STATIC) == []


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
