"""The auditor's page: what stands in both logs, their heads, and whether they prove."""

from pathlib import Path
from typing import Any

import segno
from django.conf import settings
from django.db import connection
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from safeconduct import clock
from safeconduct.access import client, heads, inboxes
from safeconduct.access.connection import KeeperAway
from safeconduct.access.doors import OfficerRequest, duty_required
from safeconduct.access.rules import Duty
from safeconduct.audit import queries, verify
from safeconduct.audit.exported import Head
from safeconduct.audit.rules import instant
from safeconduct.refs import is_ref
from safeconduct.refusal import Refused

COUNT = 50


@require_GET
@duty_required(Duty.AUD)
def show_log(request: OfficerRequest) -> HttpResponse:
    """Show the newest entries of both logs, or those on one ref."""
    return render(request, "audit/log.html", _shown(request, request.GET.get("ref", "").strip()))


@require_POST
@duty_required(Duty.AUD)
def prove(request: OfficerRequest) -> HttpResponse:
    """Prove both logs by the heads that left, and show what was found."""
    verdicts = [_verdict(log) for log in ("core", "keeper")]
    shown = _shown(request, "") | {"verdicts": verdicts}
    return render(request, "audit/log.html", shown)


@require_POST
@duty_required(Duty.AUD)
def export(request: OfficerRequest) -> HttpResponse:
    """Have the clocks let the heads of both logs leave now."""
    heads.ask_for(request.officer, now=clock.now(), wall=clock.wall())
    return HttpResponseRedirect("/audit/", status=303)


@require_GET
@duty_required(Duty.AUD)
def print_heads(request: OfficerRequest) -> HttpResponse:
    """Show the heads that left last as a page for paper: a drawing to scan, and a line to type."""
    folder = Path(settings.DATA) / "heads"
    found = [heads.newest(folder, log) for log in ("core", "keeper")]
    return render(request, "audit/paper.html", {"heads": [_on_paper(h) for h in found if h]})


def _on_paper(head: Head) -> dict[str, Any]:
    drawing = segno.make(head.line(), error="m").svg_data_uri(scale=3)
    return {"of": head, "at": instant(head.at_us), "drawing": drawing, "key": head.key.hex()}


def _inboxes(data: Path) -> dict[str, Any]:
    try:
        return {"inboxes": inboxes.standings(data)}
    except ValueError as wrong:
        return {"inboxes_wrong": str(wrong)}


def _shown(request: OfficerRequest, ref: str) -> dict[str, Any]:
    before = request.GET.get("before", "")
    older_than = int(before) if before.isdecimal() else None
    entries = queries.latest(ref=ref, before=older_than, count=COUNT + 1)
    folder = Path(settings.DATA) / "heads"
    return {
        "ref": ref,
        "ref_is_none": bool(ref) and not is_ref(ref),
        "entries": entries[:COUNT],
        "older": entries[COUNT - 1].seq if len(entries) > COUNT else None,
        "head": queries.head(),
        "exported": heads.last_exported(folder, "core")[0],
        "exported_keeper": heads.last_exported(folder, "keeper")[0],
        "register": queries.register_standing(),
        **_inboxes(Path(settings.DATA)),
        **_keeper(request, ref),
    }


def _keeper(request: OfficerRequest, ref: str) -> dict[str, Any]:
    try:
        size = client.head(since=-1)["size"]
        entries = client.log(request.officer.login, last=COUNT, subject=ref)
    except KeeperAway:
        return {"keeper_away": True}
    except Refused as refused:
        return {"keeper_refused": refused.refusal}
    return {"keeper_size": size, "keeper_entries": entries}


def _verdict(log: str) -> verify.Verdict:
    return verify.verify(Path(settings.DATA), log, postgres=_postgres() if log == "core" else "")


def _postgres() -> str:
    if connection.vendor != "postgresql":
        return ""
    from psycopg.conninfo import make_conninfo  # noqa: PLC0415  an extra

    told = connection.settings_dict
    return make_conninfo(host=told["HOST"], dbname=str(told["NAME"]), user=told["USER"])
