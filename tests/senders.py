"""Who can write to anybody: found in the source, by the syntax tree, so that no new sender is overlooked.

A sender is a function that calls the door for words, makes a row of the outbox, or puts something
into a gateway's spool. Simulators, gateways and the station have neither door nor outbox.
"""

import ast
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

SRC = Path(__file__).parent.parent / "src/safeconduct"
APART = {"exercise", "gateways", "station", "bench", "spool"}
# What is looked for: a name of a module of ours, however it is called where it was imported.
DOOR = {
    "safeconduct.post.actions": {"send", "queue_campaign", "leave_by_kit"},
    "safeconduct.post.actions.door": {"send"},
    "safeconduct.post.actions.armed": {"leave_by_kit"},
    "safeconduct.post.actions.campaigns": {"queue_campaign"},
}
ROWS = {
    "safeconduct.post.models": {"Message", "Attempt"},
    "safeconduct.post.campaign_tables": {"Wording", "Batch"},
}
SPOOL = {
    "safeconduct.spool.core_end": {"sending_to", "outgoing"},
    "safeconduct.post.lanes": {"lane_to"},
    "safeconduct.envelope": {"OutboundText", "OutboundBatch"},
}
_MADE_BY = {"create", "bulk_create", "get_or_create", "update_or_create"}


def callers(what: dict[str, set[str]], *, root: Path = SRC) -> set[str]:
    """Return "file:function" of every function that calls one of these, whatever it is called there."""
    return {
        f"{file}:{each}"
        for file, tree in _trees(root)
        for each in _callers(tree, _names(tree, what))
    }


@lru_cache(maxsize=1)
def _trees(root: Path) -> tuple[tuple[str, ast.Module], ...]:
    """Return every module of ours that can reach the post or the spool, read once."""
    found = []
    for path in sorted(root.rglob("*.py")):
        inside = path.relative_to(root)
        if {"tests", "migrations"} & set(inside.parts) or inside.parts[0] in APART:
            continue
        text = path.read_text()
        if any(word in text for word in ("post", "core_end", "Outbound")):
            found.append((str(inside), ast.parse(text)))
    return tuple(found)


def _names(tree: ast.Module, what: dict[str, set[str]]) -> dict[str, set[str]]:
    """Return the local names by which these are reached: name → attributes, "" for the thing itself."""
    names: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                _imported(names, node.module or "", alias, what)
        elif isinstance(node, ast.Import):
            names |= {a.asname or a.name: what[a.name] for a in node.names if a.name in what}
    return names


def _imported(
    names: dict[str, set[str]], module: str, alias: ast.alias, what: dict[str, set[str]]
) -> None:
    local = alias.asname or alias.name
    if f"{module}.{alias.name}" in what:
        names[local] = what[f"{module}.{alias.name}"]
    elif alias.name in what.get(module, set()):
        names.setdefault(local, set()).add("")


def _callers(tree: ast.Module, names: dict[str, set[str]]) -> Iterator[str]:
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and any(
            _reaches(node, names) for node in ast.walk(function)
        ):
            yield function.name


def _reaches(node: ast.AST, names: dict[str, set[str]]) -> bool:
    """Return whether a node calls one of the names, or hands it on as a value (partial, a table)."""
    if isinstance(node, ast.Attribute):
        whole = ast.unparse(node.value)
        if node.attr in names.get(whole, set()):
            return True
        # Message.objects.create and the like
        manager = isinstance(node.value, ast.Attribute) and node.value.attr == "objects"
        return (
            manager
            and node.attr in _MADE_BY
            and "" in names.get(ast.unparse(node.value.value), set())
        )
    if isinstance(node, ast.Call):
        called = node.func
        return isinstance(called, ast.Name) and "" in names.get(called.id, set())
    return False
