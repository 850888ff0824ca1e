"""The machine, read once from the package's own data."""

import json
from importlib.resources import files

from safeconduct.cases.way import Machine, parse

MACHINE: Machine = parse(
    json.loads(files("safeconduct.cases").joinpath("machine.json").read_text(encoding="utf-8"))
)
