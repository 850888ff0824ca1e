"""Setting a sheet: one of `layouts/` filled with data. Offline, with typst's own letters, and the same twice.

Nothing of the machine comes in: neither its fonts nor its clock. The letters hold Latin and Cyrillic.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Literal

import typst


@cache
def _layout(name: str) -> bytes:
    return (resources.files("safeconduct.documents") / "layouts" / f"{name}.typ").read_bytes()


def typeset(
    layout: str,
    data: Mapping[str, object],
    *,
    on: datetime,
    form: Literal["pdf", "png"] = "pdf",
) -> bytes:
    """Return a sheet: a PDF, or the picture of its first page.

    Args:
        layout: a file of `layouts/`, without its ending.
        data: what the layout asks for; text stays text, whatever signs stand in it.
        on: when it is made out, as the PDF says of itself.
    """
    made = typst.compile(
        _layout(layout),
        sys_inputs={"data": json.dumps(data, ensure_ascii=False, sort_keys=True)},
        ignore_system_fonts=True,
        timestamp=int(on.timestamp()),
        format=form,
    )
    return bytes(made[0] if isinstance(made, list) else made)
