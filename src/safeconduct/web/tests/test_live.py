import asyncio
import re
import threading
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import cast

import pytest
from asgiref.sync import sync_to_async
from conftest import NOON
from django.db import connection, connections, transaction
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test import RequestFactory

from safeconduct import clock
from safeconduct.access import actions as access
from safeconduct.access.doors import OfficerRequest
from safeconduct.access.rules import Duty, Officer
from safeconduct.notices import actions as notices
from safeconduct.notices.tail import TAILER
from safeconduct.web import cursor, live

pytestmark = pytest.mark.usefixtures("committed")
BLOCKED_S = 20.0  # a machine may be slow; a loop that stands still so long is not


def in_a_thread(*tells):
    """Emit from another thread and connection, as another request would."""

    def run():
        for topic, ref, to in tells:
            with transaction.atomic():
                notices.emit(topic, ref, to=to)
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


def asked(officer: Officer, *, after: str = "") -> OfficerRequest:
    """Return the request of this officer's tab, from the beginning or from what it was told."""
    told = {"after": after or cursor.sealed(0)}
    request = cast("OfficerRequest", RequestFactory().get("/live", told))
    request.officer = officer
    return request


async def opened(request: OfficerRequest) -> tuple[AsyncGenerator[bytes], HttpResponseBase]:
    """Open the stream; return its bytes as they come, and the answer's head."""
    response = cast("StreamingHttpResponse", await live.live(request))
    return cast("AsyncGenerator[bytes]", response.streaming_content), response


def run(reading):
    """Run one tab, then close what it opened, as the end of a request does."""

    async def whole():
        try:
            return await asyncio.wait_for(reading, 20)
        finally:
            await sync_to_async(connections.close_all)()

    try:
        return asyncio.run(whole())
    finally:
        TAILER.stop()


def heard(officer, *, until, before=(), tells=(), after=""):
    """Return the lines of /live as this officer hears them, up to the ref `until`."""
    request = asked(officer, after=after)
    in_a_thread(*before)

    async def read():
        content, response = await opened(request)
        lines = []
        async with aclosing(content) as stream:
            async for raw in stream:
                lines.append(raw.decode())
                if len(lines) == 1:
                    await asyncio.to_thread(in_a_thread, *tells)
                if until in lines[-1]:
                    break
        return lines, response

    return run(read())


def test_a_tab_hears_what_all_may_hear_and_no_proxy_keeps_it(officer):
    lines, response = heard(officer(Duty.OP), tells=[("access.roster", "r1", "")], until="roster")
    assert lines[-1].endswith('event: nudge\ndata: {"topic": "access.roster"}\n\n')
    assert response["Cache-Control"] == "no-store"
    assert response["X-Accel-Buffering"] == "no"
    assert response["Content-Type"] == "text/event-stream"


def test_a_nudge_for_a_duty_reaches_those_who_hold_it_and_no_one_else(officer):
    tells = [("cases.secret", "r1", "duty:SUP"), ("a.last", "r1", "")]
    lines, _ = heard(officer(Duty.OP), tells=tells, until="last")
    assert not any("secret" in line for line in lines)
    lines, _ = heard(officer(Duty.SUP), tells=tells, until="last")
    assert any("secret" in line for line in lines)


def test_a_nudge_for_members_reaches_members_only(staff, officer):
    inside, outside, supervisor = officer(Duty.VER), officer(Duty.VER), officer(Duty.SUP)
    compartment = access.open_compartment(
        supervisor, duty=Duty.SUP, reason="a man who walked in", now=NOON
    )
    staff.lets_in(
        supervisor, compartment=compartment, person=inside.ref, duty=Duty.VER, now=clock.now()
    )
    tells = [("cases.secret", "r1", f"member:{compartment}"), ("a.last", "r1", "")]
    lines, _ = heard(outside, tells=tells, until="last")
    assert not any("secret" in line for line in lines)
    lines, _ = heard(inside, tells=tells, until="last")
    assert any("secret" in line for line in lines)


def test_a_nudge_for_the_members_of_a_duty_reaches_neither_other_members_nor_others_of_the_duty(
    staff, officer
):
    inside, member, outside = officer(Duty.VER), officer(Duty.SUP), officer(Duty.VER)
    compartment = access.open_compartment(member, duty=Duty.SUP, reason="he walked in", now=NOON)
    staff.lets_in(
        member, compartment=compartment, person=inside.ref, duty=Duty.VER, now=clock.now()
    )
    tells = [("cases.secret", "r1", f"member:{compartment}:VER"), ("a.last", "r1", "")]
    said = {who.ref: heard(who, tells=tells, until="last")[0] for who in (inside, member, outside)}
    assert {ref for ref, lines in said.items() if any("secret" in line for line in lines)} == {
        inside.ref
    }


def test_who_is_let_out_hears_it_at_once_and_nothing_of_the_case_after_it(staff, officer):
    supervisor, gone = officer(Duty.SUP), officer(Duty.VER)
    compartment = access.open_compartment(supervisor, duty=Duty.SUP, reason="walked in", now=NOON)
    staff.lets_in(
        supervisor, compartment=compartment, person=gone.ref, duty=Duty.VER, now=clock.now()
    )
    request = asked(gone)

    def let_out():
        access.leave(supervisor, compartment=compartment, person=gone.ref, now=clock.now())
        notices.emit("cases.secret", "r1", to=f"member:{compartment}")
        notices.emit("a.last", "r1")
        connection.close()

    async def read():
        content, _ = await opened(request)
        lines = []
        async with aclosing(content) as stream:
            async for raw in stream:
                lines.append(raw.decode())
                if len(lines) == 1:
                    await asyncio.to_thread(let_out)
                if "last" in lines[-1]:
                    return lines
        return lines

    lines = run(read())
    assert sum("event: left" in line for line in lines) == 1
    assert not any("secret" in line for line in lines)


def test_a_nudge_for_one_person_reaches_him_alone(officer):
    his, other = officer(Duty.OP), officer(Duty.OP)
    tells = [("access.secret", "r1", f"person:{his.ref}"), ("a.last", "r1", "")]
    lines, _ = heard(other, tells=tells, until="last")
    assert not any("secret" in line for line in lines)
    lines, _ = heard(his, tells=tells, until="last")
    assert any("secret" in line for line in lines)


def test_what_was_told_between_the_page_and_its_stream_is_heard_once(officer):
    lines, _ = heard(
        officer(Duty.OP), before=[("a.early", "r1", "")], tells=[("a.late", "r1", "")], until="late"
    )
    assert sum("early" in line for line in lines) == 1


def test_a_tab_that_missed_too_much_is_told_to_reload(officer, monkeypatch):
    monkeypatch.setattr(live, "READER_HOLDS", 3)
    many = [("a.many", f"r{number}", "") for number in range(5)]
    lines, _ = heard(officer(Duty.OP), before=many, until="reload")
    assert not any("many" in line for line in lines)


def test_what_happens_for_others_leaves_no_line_and_no_number(officer):
    elsewhere = [("cases.state", f"r{number}", "duty:SUP") for number in range(4)]
    him = officer(Duty.OP)
    lines, _ = heard(him, tells=[*elsewhere, ("a.last", "r1", "")], until="last")
    assert {line.partition(":")[0] for line in lines} == {"retry", "id"}
    ids = {re.search(r"id: (\S+)", line).group(1) for line in lines[1:]}
    assert not any(told.isdecimal() for told in ids)
    assert cursor.number_of(ids.pop())


@pytest.mark.parametrize("told", ["7", "garbled!", "A" * 54])
def test_a_cursor_that_is_none_of_ours_reloads_the_page_and_the_stream_goes_on(officer, told):
    lines, _ = heard(officer(Duty.OP), tells=[("a.last", "r1", "")], after=told, until="last")
    assert "event: reload" in lines[1]


def test_a_number_looks_different_each_time_it_is_shown():
    assert cursor.sealed(7) != cursor.sealed(7)
    assert cursor.number_of(cursor.sealed(7)) == 7


def test_the_stream_ends_with_the_login(officer, monkeypatch):
    monkeypatch.setattr(live, "_RIGHTS_LAST_S", 0.0)
    him = officer(Duty.OP)
    request = asked(him)

    async def read():
        content, _response = await opened(request)
        lines = []
        async for raw in content:
            lines.append(raw.decode())
            if len(lines) == 1:
                await asyncio.to_thread(end_login, him)
        return lines

    lines = run(read())
    assert not any("secret" in line for line in lines)


def end_login(officer):
    access.end_login(officer, now=clock.now(), wall=clock.wall())
    in_a_thread(("a.secret", "r1", ""))
    connection.close()


@pytest.mark.parametrize("disk", ["free", "full"])
def test_a_tab_is_told_of_the_panic_lock_within_two_seconds_though_nothing_can_be_written(
    officer, lock_keeper, disk
):
    him, took, looks = officer(Duty.OP), [], 0
    request = asked(him)

    async def looks_on():
        """Count twentieths of a second as this loop has them: on a busy machine they are longer."""
        nonlocal looks
        while True:
            await asyncio.sleep(0.05)
            looks += 1

    async def read():
        beside = asyncio.ensure_future(looks_on())
        content, _response = await opened(request)
        lines = []
        async for raw in content:
            lines.append(raw.decode())
            if len(lines) == 1:
                await asyncio.to_thread(lock_keeper)  # the keeper alone: no row, no notice
                if disk == "free":
                    await asyncio.to_thread(in_a_thread, ("access.login", him.ref, ""))
                took.append((looks, time.monotonic()))
        took.append((looks, time.monotonic()))
        beside.cancel()
        return lines

    lines = run(read())
    assert lines[-1] == "event: lock\ndata: {}\n\n"
    (began, began_s), (ended, ended_s) = took
    assert ended - began < 2.0 / 0.05
    assert ended_s - began_s < BLOCKED_S  # nobody counts while the loop itself is held up


def test_who_comes_in_under_the_lock_keeps_his_stream(staff, officer, lock_keeper):
    him = officer(Duty.PIL)
    lock_keeper()
    again = staff.sign_in(him.ref, now=NOON)
    lines, _ = heard(again, tells=[("escort.alert", "r1", "")], until="alert")
    assert not any("event: lock" in line for line in lines)


def test_nobody_hears_without_signing_in(client):
    answer = client.get("/live")
    assert answer.status_code == 303
    assert answer["Location"] == "/sign-in/"
