"""The commands of docs/operate.md on copies, run as they are written, one after the other."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests import programme as running
from tests.restoring import POSTGRES, ask, story

__all__ = ["story"]

ROOT = Path(__file__).parent.parent
OPERATE = ROOT / "docs/operate.md"
SECTIONS = ("Back up", "Restore", "Drill")


def commands():
    """Return the command lines of the sections, in their order, with what is broken over lines joined."""
    parts = re.split(r"^## ", OPERATE.read_text(), flags=re.MULTILINE)
    told = {part.partition("\n")[0]: part.replace("\\\n", " ") for part in parts}
    return [
        line.split()[1:]
        for section in SECTIONS
        for line in told[section].splitlines()
        if line.startswith("    safeconduct ")
    ]


@pytest.mark.skipif(POSTGRES, reason="the guide's tables are in a file")
def test_the_guide_to_copies_works_as_it_is_written(story, tmp_path):
    data, _said = story.restored()
    media = tmp_path / "media"
    for name in ("a", "b", "c", "d"):
        (media / name).mkdir(parents=True)
    (tmp_path / "srv").mkdir()
    shutil.copytree(story.elsewhere, media / "bar")
    shutil.copy(data / "root.key", media / "d")
    shutil.copytree(data, tmp_path / "DIR")
    asked = commands()
    assert [words[0] for words in asked] == ["backup-key", "backup", "restore", "drill"]
    for words in asked:
        there = [re.sub(r"(^|=)/(media|srv)\b", rf"\1{tmp_path}/\2", word) for word in words]
        done = subprocess.run(
            running.command(*there),
            env=running.environment(),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, shlex.join(words) + done.stdout + done.stderr
    assert ask(tmp_path / "srv/again", "SELECT ref FROM cases_case") == ask(
        data, "SELECT ref FROM cases_case"
    )
    assert [path.name for path in (tmp_path / "srv").iterdir()] == ["again"]
    assert not (media / "c/keys/root.key").exists()


# Which test tries what a section tells one to do; "" where nothing of ours is to be tried.
TRIED = {
    "Install": "tests/test_locks.py::test_a_lock_names_no_host_and_hashes_everything",
    "First start": "tests/test_up.py::test_ctrl_c_and_sigterm_end_all_of_it_in_order_and_the_next_up_goes_on",
    "Two users of the machine": "tests/test_users.py::test_no_part_runs_as_root_and_the_keeper_shares_its_user_with_none",
    "Behind a proxy": "tests/test_origin.py::test_who_enrols_behind_the_proxy_signs_in_and_approves_under_its_name",
    "Without a proxy": "tests/test_public.py::test_who_enrols_in_the_open_signs_in_under_its_name_with_cookies_bound_to_it",
    "Key ceremony: another root": "tests/test_roots.py::test_another_root_is_taken_by_one_command_on_a_folder_that_stands_still",
    "Key ceremony: a root is brought": "tests/test_roots.py::test_a_passphrase_is_asked_once_and_lasts_until_the_programme_ends",
    "Key ceremony: rotation": "tests/test_turned_keys.py::test_a_turn_reaches_the_link_that_runs_and_every_one_that_is_started_after_it",
    "Profile": "tests/test_up.py::test_a_profile_that_no_part_could_work_by_stops_the_first_start_and_any_later_one",
    "Scripts": "tests/test_script_command.py::test_the_command_walks_a_script_or_says_its_line",
    "People: a lost key": "src/safeconduct/keeper/tests/test_recovery.py::test_two_others_end_the_old_keys_and_he_keeps_his_duties_and_cases",
    "People: nobody of a case answers": "src/safeconduct/access/tests/test_glass.py::test_members_supervisors_and_the_auditor_are_told_before_anything_opens",
    "Public site": "tests/test_site.py::test_a_copy_of_a_mirror_is_genuine_and_an_altered_one_is_named",
    "Gateways": "tests/test_gateway_smpp.py::test_an_edge_hosts_disk_shows_neither_text_nor_number",
    "Roads": "src/safeconduct/ways/tests/test_extract.py::test_every_form_of_an_extract_gives_the_same_map",
    "When something is wrong: unlock": "tests/test_up.py::test_the_panic_lock_is_named_by_up_and_ended_by_unlock",
    "Something was seized: the press": "src/safeconduct/cases/tests/test_seized_views.py::test_a_gateway_is_struck_out_by_the_press",
    "Something was seized: what to type": "src/safeconduct/cases/tests/test_seized_views.py::test_a_gateway_that_cannot_be_struck_out_from_here_is_said_with_what_to_type",
    "Back up": "tests/test_operate.py::test_the_guide_to_copies_works_as_it_is_written",
    "Restore": "tests/test_operate.py::test_the_guide_to_copies_works_as_it_is_written",
    "Restore: another root": "tests/test_other_roots.py::test_a_copy_under_another_root_is_restored_and_drilled_with_it_and_refused_without",
    "Upgrade": "tests/test_upgrade.py::test_an_older_folder_is_copied_brought_up_and_goes_on_after_a_kill",
    "Drill": "tests/test_operate.py::test_the_guide_to_copies_works_as_it_is_written",
    "The log": "tests/test_up.py::test_what_audit_verify_is_given_reaches_the_proof",
    "Figures": "",
    "The record of an escort": "tests/test_record_command.py::test_what_was_sealed_to_the_key_opens_with_it_alone",
    "Wipe": "",
    "PostgreSQL": "tests/test_up_postgres.py::test_what_people_do_stands_on_the_server_and_no_table_in_the_folder",
}


def test_every_section_of_the_guide_is_tried_by_a_test_that_is_there():
    told = re.findall(r"^## (.+)$", OPERATE.read_text(), flags=re.MULTILINE)
    assert sorted({name.partition(":")[0] for name in TRIED}) == sorted(told)
    for named in filter(None, TRIED.values()):
        file, _, test = named.partition("::")
        assert f"def {test}(" in (ROOT / file).read_text(), named
