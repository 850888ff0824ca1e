"""What import-linter and ruff cannot see: links by string, impure imports, log fields, sizes, names."""

import ast
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps

from safeconduct.log import ALLOWED

ROOT = Path(__file__).parent.parent
SRC = ROOT / "src/safeconduct"
FILES = [p for p in SRC.rglob("*.py") if "migrations" not in p.parts]
ORDER = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][
    0
]["layers"]
VAGUE = {"utils", "helpers", "common", "misc", "base", "managers", "services", "core", "lib"}
LOG_METHODS = {"debug", "info", "warning", "error", "exception", "critical"}

# Pure files: values in, verdict out. Whoever adds a name here says why in the same commit.
STDLIB = {
    *("__future__", "abc", "bisect", "collections", "dataclasses", "datetime", "decimal", "enum"),
    *("fractions", "functools", "hashlib", "heapq", "itertools", "json", "math", "operator", "re"),
    *("base64", "statistics", "string", "struct", "types", "typing", "unicodedata"),
    "tomllib",  # text in, values out
    "zoneinfo",  # a table of the world like unicodedata: same name, same hours
}
OURS = re.compile(
    r"safeconduct\.(cells|names|refs|canonical|envelope|stationed|geo|refusal|programme|programme\.profile|watch|watch\.\w+|cases\.(way|escorted|graded|hands)|\w+\.rules"
    r"|pledges(\.(folding|stems|lexicon|lines|hints|outright|broadcast|promises|weighed|money|clash|conditions|kept))?"
    r"|mavlink\.(content|fence|frame|intents|leave|lists|wall)"
    r"|conversations\.reading\.(?!reader)\w+"
    r"|ways\.(grid|written))"  # coordinates as people write them, numpy apart: texts and fields alike
)
WITH_NUMPY = {SRC / "situation/trend.py", SRC / "situation/estimate.py"}
_PHRASES = ("lines", "hints", "outright", "broadcast")
READING = {
    SRC / f"pledges/{name}.py"
    for name in ("folding", "stems", "lexicon", "promises", "weighed", *_PHRASES)
} | {SRC / "post/segments.py", SRC / "post/marks.py", SRC / "post/windows.py"}
# How a text is read: words, places and times; `reader` alone loads what was learned.
READING |= {SRC / f"ways/{name}.py" for name in ("grid", "written")}
# What may leave for an aircraft, and whether: who seized a codec must not have seized the wall.
WALL = {
    SRC / f"mavlink/{name}.py"
    for name in (
        "content",
        "fence",
        "frame",
        "intents",
        "leave",
        "lists",
        "moving",
        "orders",
        "preflight",
        "standoff",
        "wall",
    )
}
READING |= set((SRC / "conversations/reading").glob("*.py")) - {
    SRC / "conversations/reading/reader.py"
}
PURE = [
    p
    for p in FILES
    if p.name == "rules.py"
    or p in WITH_NUMPY
    or p.parent == SRC / "watch"
    or p in WALL
    or p
    in {
        SRC / "canonical.py",
        SRC / "envelope.py",
        SRC / "stationed.py",
        SRC / "geo.py",
        SRC / "names.py",
        SRC / "refusal.py",
        SRC / "programme/profile.py",
        SRC / "cells.py",
        SRC / "conversations/finding.py",
        SRC / "conversations/scripts.py",
        # of pledges, apart from its rules for length alone: sums, clashes, conditions, the kept-rate
        *(SRC / f"pledges/{name}.py" for name in ("money", "clash", "conditions", "kept")),
        SRC / "custody/followed.py",  # apart from its rules for length alone
        SRC / "conversations/desks.py",  # beside the rules of reading, which it does not touch
    }
    or p in READING  # one rule, in files of its own for length: how a text is read for promises
    or p
    in {
        SRC / f"cases/{name}.py" for name in ("way", "escorted", "graded", "hands")
    }  # apart from its rules for length alone
]
BUILTINS = {"open", "input", "print", "eval", "exec", "__import__"}


def rank(room: str) -> int:
    return len(ORDER) - next(
        i for i, layer in enumerate(ORDER) if room in re.split(r" [|:] ", layer)
    )


@pytest.mark.parametrize(
    "model", [m for m in apps.get_models() if m.__module__.startswith("safeconduct")]
)
def test_rows_point_only_at_earlier_rooms_and_leave_no_reverse_door(model):
    for field in model._meta.get_fields():
        if field.is_relation and not field.auto_created:
            here, there = model._meta.app_label, field.related_model._meta.app_label
            assert here == there or rank(there) < rank(here), (
                f"{model.__name__}.{field.name} points at no earlier room"
            )
            assert here == there or field.remote_field.related_name == "+", (
                f"{field} opens a reverse door"
            )


@pytest.mark.parametrize("path", PURE, ids=str)
def test_a_pure_file_imports_only_what_the_list_allows(path):
    allowed = STDLIB | ({"numpy"} if path in WITH_NUMPY else set())
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [(alias.name,) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [(node.module, f"{node.module}.{alias.name}") for alias in node.names]
        elif isinstance(node, ast.Name):
            assert node.id not in BUILTINS, f"{path}:{node.lineno} is not pure: {node.id}"
        for either in names:
            assert either[0].split(".")[0] in allowed or any(map(OURS.fullmatch, either)), (
                f"{path}:{node.lineno} imports {either[-1]}, which is not on the list"
            )


def test_an_edge_host_loads_neither_django_nor_numpy():
    rooms = [(room, p.stem) for room in ("gateways", "station") for p in (SRC / room).glob("*.py")]
    gateways = [f"safeconduct.{room}.{name}" for room, name in rooms]
    code = (
        f"import sys, {', '.join(sorted(gateways)).replace('.__init__', '')}\n"
        "heavy = {'django', 'numpy', 'scipy', 'aiogram', 'aiohttp', 'pydantic'}\n"
        "sys.exit(' '.join(heavy & set(sys.modules)) or 0)"
    )
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, cwd=ROOT / "src", capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


def test_a_file_stays_readable():
    assert len(FILES) > 800, "a list that came out short would prove nothing"
    vague = [str(path) for path in FILES if path.stem in VAGUE]
    assert vague == [], "the name says nothing; name the thing"
    assert [str(p) for p in FILES if len(p.read_text().splitlines()) > 400] == []


def test_log_calls_name_only_allowed_fields():
    wrong = [f"{path}:{call.lineno}: {fault}" for path, call, fault in _wrong_log_calls()]
    assert wrong == []


def _wrong_log_calls() -> Iterator[tuple[Path, ast.Call, str]]:
    for path in FILES:
        text = path.read_text()
        for call in ast.walk(ast.parse(text)) if "logger" in text else ():
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
                continue
            owner = call.func.value
            if (
                isinstance(owner, ast.Name)
                and owner.id == "logger"
                and call.func.attr in LOG_METHODS
            ):
                if not {k.arg for k in call.keywords} <= ALLOWED:
                    yield path, call, "a field that is not allowed"
                if not isinstance(call.args[0], ast.Constant):
                    yield path, call, "formats the event name"


@pytest.mark.parametrize("room", ["cases", "passage", "escort", "reception", "custody"])
def test_what_happens_to_a_case_is_told_to_nobody_outside_of_it(room):
    calls = [
        (path, call)
        for path in (SRC / room).rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "notices.emit"
    ]
    assert calls
    for path, call in calls:
        named = [ast.unparse(key.value) for key in call.keywords if key.arg == "to"]
        assert named, f"{path}:{call.lineno} nudges everybody on duty"
        assert "duty:" not in named[0], f"{path}:{call.lineno} nudges a duty, let in or not"


def _is_fixed(words: ast.expr, around: ast.AST) -> bool:
    """Return whether words are a sentence of the catalogue: a literal, or `said` with its values."""
    if isinstance(words, ast.IfExp):
        return _is_fixed(words.body, around) and _is_fixed(words.orelse, around)
    if isinstance(words, ast.BoolOp):
        return all(_is_fixed(each, around) for each in words.values)
    if isinstance(words, ast.Name):
        named = [
            *(a.value for a in ast.walk(around) if isinstance(a, ast.Assign)
              for to in a.targets if isinstance(to, ast.Name) and to.id == words.id),
        ]  # fmt: skip
        typed = [a for a in ast.walk(around) if isinstance(a, ast.arg) and a.arg == words.id]
        said = all(a.annotation and ast.unparse(a.annotation) == "Said" for a in typed)
        return bool(named or typed) and said and all(_is_fixed(each, around) for each in named)
    called = isinstance(words, ast.Call) and isinstance(words.func, ast.Name)
    return called or (isinstance(words, ast.Constant) and isinstance(words.value, str))


def _calls(name: str) -> list[tuple[Path, ast.AST, ast.Call]]:
    """Return the calls of our own code, each with the function or file it stands in."""
    found = []
    for path in FILES:
        text = path.read_text()
        if "tests" in path.parts or f"{name}(" not in text or path == SRC / "refusal.py":
            continue
        tree = ast.parse(text)
        within = {call: tree for call in ast.walk(tree) if isinstance(call, ast.Call)}
        for place in ast.walk(tree):  # from the outside inwards: the innermost one stays
            if isinstance(place, ast.FunctionDef):
                within |= {call: place for call in ast.walk(place) if isinstance(call, ast.Call)}
        found += [(path, at, c) for c, at in within.items() if ast.unparse(c.func) == name]
    return found


def test_a_refusal_is_a_sentence_of_the_catalogue_and_nothing_is_formatted_into_it():
    calls = _calls("Refusal")
    assert len(calls) > 300
    for path, around, call in calls:
        words = [*call.args[1:], *(k.value for k in call.keywords if k.arg in {"why", "remedy"})]
        for each in words:
            assert _is_fixed(each, around), f"{path}:{each.lineno} is no text: use said(…, x=…)"


def test_what_is_said_is_a_literal_with_exactly_the_places_it_is_given():
    calls = _calls("said")
    assert len(calls) > 50
    for path, _around, call in calls:
        sentence = call.args[0]
        assert isinstance(sentence, ast.Constant), f"{path}:{call.lineno} says no literal"
        assert set(re.findall(r"\{(\w+)\}", sentence.value)) == {k.arg for k in call.keywords}, (
            f"{path}:{call.lineno} has other places than values"
        )


def test_what_waits_for_people_has_a_title_that_the_translators_see():
    calls = [call for name in ("access.put_subject", "put_subject") for call in _calls(name)]
    titled = [(path, k.value) for path, _at, c in calls for k in c.keywords if k.arg == "title"]
    for path in {path for path, _title in titled}:
        named = [each for each in ast.parse(path.read_text()).body if isinstance(each, ast.Assign)]
        titled += [(path, a.value) for a in named if "TITLE" in ast.unparse(a.targets[0])]
    assert titled
    for path, title in titled:
        bare = isinstance(title, (ast.Constant, ast.JoinedStr, ast.BinOp))
        assert not bare, f"{path}:{title.lineno}: mark it, N_(…)"


def test_a_rule_that_is_not_kept_somewhere_says_why_behind_its_code():
    bare = re.compile(r"# (?:ruff: )?noqa(?!: [A-Z]+\d+(?:, [A-Z]+\d+)*  \S)")
    ours = [p for each in ("src", "tests", "tools") for p in (ROOT / each).rglob("*.py")]
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in ours
        if path != Path(__file__)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if bare.search(line)
    ]
    assert found == []


def test_each_decision_has_a_number_of_its_own_and_bears_it():
    pages = sorted((ROOT / "docs/decisions").glob("*.md"))
    numbers = [page.name[:4] for page in pages]
    assert len(set(numbers)) == len(numbers)
    assert all(page.read_text("utf-8").startswith(f"# {page.name[:4]} ") for page in pages)


def test_two_migrations_of_one_room_never_stand_side_by_side():
    beside = [
        f"{room.name}: {number}"
        for room in sorted(SRC.glob("*/migrations"))
        for number, many in Counter(each.name[:4] for each in room.glob("0*.py")).items()
        if many > 1
    ]
    assert beside == []
