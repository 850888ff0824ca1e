import re
from datetime import UTC, datetime

import pytest
from django.db import transaction

from safeconduct.access import inboxes, worker
from safeconduct.access.rules import Duty
from safeconduct.audit import register, verify
from safeconduct.audit.actions import record, remember, write_register
from safeconduct.audit.exported import Head

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def auditor(officer, client_of):
    return client_of(officer(Duty.AUD))


def the_clocks_look():
    """Run the loop that lets heads leave when somebody asked for it."""
    (loop,) = (each for each in worker.loops() if each.name == "access.heads_asked")
    assert loop.step()


def write(verb, ref):
    with transaction.atomic():
        record("SYS:clocks", verb, ref=ref, now=NOON)


def test_the_auditor_reads_who_did_what_to_which_ref(auditor):
    write("plan.approved", "planx7")
    page = auditor.get("/audit/").content.decode()
    assert 'data-ref="planx7"' in page
    assert "plan.approved" in page
    assert "signed in by passkey" in page  # the keeper's own log stands beside it


def test_one_ref_is_found_and_the_rest_is_not_shown(auditor):
    write("plan.approved", "planx7")
    write("plan.approved", "planx8")
    page = auditor.get("/audit/?ref=planx8").content.decode()
    assert 'data-ref="planx8"' in page
    assert 'data-ref="planx7"' not in page
    assert "That is no ref" in auditor.get("/audit/?ref=x y").content.decode()


def test_a_long_log_is_read_page_by_page(auditor):
    for number in range(60):
        write("case.opened", f"case{number}")
    first = auditor.get("/audit/?ref=SYS:clocks").content.decode()
    assert 'data-ref="case59"' in first
    assert 'data-ref="case9"' not in first
    start = first.index("?before=")
    older = auditor.get("/audit/" + first[start : first.index('"', start)].replace("&amp;", "&"))
    assert 'data-ref="case9"' in older.content.decode()
    assert 'data-ref="case59"' not in older.content.decode()


def test_without_a_head_the_page_says_that_it_cannot_prove(
    auditor, data_folder, tmp_path, settings
):
    (tmp_path / "keeper-log.db").symlink_to(data_folder / "keeper-log.db")
    settings.DATA = tmp_path
    write("plan.approved", "planx7")
    page = auditor.post("/audit/prove/").content.decode()
    assert 'data-ref="keeper" data-state="UNPROVED"' in page
    assert "no head of this log ever left" in page


@pytest.mark.usefixtures("no_head_yet")
def test_the_keepers_log_is_proved_by_the_head_that_lies_in_the_inbox_of_others(
    auditor, data_folder, tmp_path, settings
):
    (tmp_path / "keeper-log.db").symlink_to(data_folder / "keeper-log.db")
    settings.DATA = tmp_path
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (tmp_path / "inboxes.toml").write_text(f'[[inbox]]\nname = "bar"\nfolder = "{theirs}"\n')
    write("plan.approved", "planx7")
    answer = auditor.post("/audit/export/")
    assert (answer.status_code, answer["Location"]) == (303, "/audit/")
    assert not (tmp_path / "heads").exists()  # the console signs nothing and is signed nothing
    the_clocks_look()
    page = auditor.post("/audit/prove/").content.decode()
    assert 'data-ref="keeper" data-state="UNPROVED"' in page
    assert "go when it is cut off" in page
    for head in (tmp_path / "heads").glob("keeper-*.json"):
        (theirs / head.name).write_bytes(head.read_bytes())
    assert 'data-ref="keeper" data-state="PROVED"' in auditor.post("/audit/prove/").content.decode()


@pytest.mark.usefixtures("no_head_yet")
def test_a_head_typed_from_paper_proves_the_log(auditor, data_folder, tmp_path, settings):
    (tmp_path / "keeper-log.db").symlink_to(data_folder / "keeper-log.db")
    settings.DATA = tmp_path
    assert "No head left yet" in auditor.get("/audit/paper/").content.decode()
    write("plan.approved", "planx7")
    assert auditor.post("/audit/export/").status_code == 303
    the_clocks_look()
    page = auditor.get("/audit/paper/").content.decode()
    core, keeper = re.findall(r"data-short>([^<]+)<", page)
    assert page.count('src="data:image/svg') == 2
    assert Head.typed(core).log == "core"
    assert verify.verify(tmp_path, "keeper", lines=[keeper]).code == verify.PROVED
    wrong = keeper[:-1] + ("A" if keeper[-1] != "A" else "B")
    assert verify.verify(tmp_path, "keeper", lines=[wrong]).code == verify.UNPROVED


@pytest.mark.usefixtures("no_head_yet")
def test_the_page_says_what_each_inbox_has_not(auditor, data_folder, tmp_path, settings):
    (tmp_path / "keeper-log.db").symlink_to(data_folder / "keeper-log.db")
    settings.DATA = tmp_path
    assert "this log proves nothing" in auditor.get("/audit/").content.decode()
    theirs = tmp_path / "theirs"
    (tmp_path / "inboxes.toml").write_text(f'[[inbox]]\nname = "bar"\nfolder = "{theirs}"\n')
    write("plan.approved", "planx7")
    auditor.post("/audit/export/")
    the_clocks_look()
    assert 'data-ref="bar" data-waiting="2"' in auditor.get("/audit/").content.decode()
    theirs.mkdir()
    (theirs / inboxes.MARK).touch()
    assert inboxes.send_due(tmp_path) == (False, [])
    assert 'data-ref="bar" data-waiting="0"' in auditor.get("/audit/").content.decode()
    (tmp_path / "inboxes.toml").write_text("[[inbox]]\n")
    assert 'data-refusal="audit.inboxes"' in auditor.get("/audit/").content.decode()


@pytest.mark.parametrize("path", ["/audit/", "/audit/paper/", "/audit/prove/", "/audit/export/"])
def test_nobody_but_an_auditor_finds_the_page(officer, client_of, path):
    browser = client_of(officer(Duty.SUP, Duty.OP))
    answer = browser.get(path) if path in {"/audit/", "/audit/paper/"} else browser.post(path)
    assert answer.status_code == 404


@pytest.mark.usefixtures("no_head_yet")
def test_the_page_says_that_the_register_cannot_be_written(
    auditor, data_folder, tmp_path, settings
):
    (tmp_path / "keeper-log.db").symlink_to(data_folder / "keeper-log.db")
    settings.DATA = tmp_path
    remember("optout", {"index": "ab" * 32}, now=NOON)  # the transaction of a test: no file yet
    waits = auditor.get("/audit/").content.decode()
    assert 'data-waiting="1" data-state="waits"' in waits
    assert "a restore would bring back who was erased" in waits
    (tmp_path / register.FILE).mkdir()
    assert 'data-state="unwritten"' in auditor.get("/audit/").content.decode()
    (tmp_path / register.FILE).rmdir()
    write_register()
    whole = auditor.get("/audit/").content.decode()
    assert 'data-waiting="0" data-state="whole"' in whole
    assert "a restore would bring back" not in whole
