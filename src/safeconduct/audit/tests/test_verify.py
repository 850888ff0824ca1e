import json
import re
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection, transaction

from safeconduct import sealing
from safeconduct.audit import queries, rules, verify
from safeconduct.audit.actions import record
from safeconduct.audit.exported import Head
from safeconduct.audit.rules import Told

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SRC = Path(__file__).parents[3]


class Journal:
    """A core log in a file, as the product writes it, and heads that left it."""

    def __init__(self, folder):
        self.folder, self.key, self.name = folder, sealing.new_key(), "core"
        (folder / "heads").mkdir()
        self.db = sqlite3.connect(folder / "safeconduct.db", isolation_level=None)
        self.db.execute(
            "CREATE TABLE audit_entry (seq INTEGER PRIMARY KEY, at_us INTEGER, who TEXT, verb TEXT,"
            " subject TEXT, digest BLOB, leaf BLOB)"
        )

    def write(self, count):
        for _ in range(count):
            seq = self.db.execute("SELECT COUNT(*) FROM audit_entry").fetchone()[0]
            self.put(Told(seq, seq, f"p{seq}", "case.opened", f"case{seq}", b""))

    def put(self, told):
        self.db.execute(
            "INSERT OR REPLACE INTO audit_entry VALUES (?,?,?,?,?,?,?)",
            (
                *(told.seq, told.at_us, told.who, told.verb, told.subject),
                told.digest,
                told.leaf("core"),
            ),
        )

    def export(self, *, leaves=True):
        rows = self.db.execute("SELECT leaf FROM audit_entry ORDER BY seq").fetchall()
        all_leaves = [leaf for (leaf,) in rows]
        size, root = len(all_leaves), rules.grow(all_leaves).root()
        heads = sorted(
            self.folder.glob("heads/core*-*.json"), key=lambda path: path.stat().st_mtime
        )
        since = int(heads[-1].stem.rpartition("-")[2]) if heads else 0
        since = min(since, 6) if self.name != "core" else since
        signed = rules.head_bytes(log=self.name, size=size, root=root, at_us=7)
        told = {
            "log": self.name,
            "size": size,
            "root": root.hex(),
            "at_us": 7,
            "key": sealing.sign_public(self.key).hex(),
            "signature": sealing.sign(self.key, signed).hex(),
            "since": since,
            "leaves": [leaf.hex() for leaf in all_leaves[since:]] if leaves else [],
        }
        (self.folder / f"heads/{self.name}-{size:012d}.json").write_text(json.dumps(told))

    def verdict(self, **given):
        return verify.verify(self.folder, "core", **{"heads": [self.folder / "heads"], **given})


@pytest.fixture
def journal(tmp_path):
    journal = Journal(tmp_path)
    yield journal
    journal.db.close()


def test_an_untouched_log_is_proved_up_to_its_last_head(journal):
    journal.write(5)
    journal.export()
    journal.write(4)
    journal.export()
    journal.write(2)
    verdict = journal.verdict()
    assert verdict.code == verify.PROVED
    assert verdict.said[0].startswith("9 entries are as they were")
    assert verdict.said[1].startswith("2 later entries")


def test_without_a_head_that_left_nothing_can_be_proved(journal):
    journal.write(5)
    verdict = journal.verdict()
    assert verdict.code == verify.UNPROVED
    assert "cannot be proved" in " ".join(verdict.said)


def test_an_altered_entry_is_named(journal):
    journal.write(9)
    journal.export()
    journal.db.execute("UPDATE audit_entry SET who='nobody' WHERE seq=4")
    verdict = journal.verdict()
    assert (verdict.code, verdict.first) == (verify.ALTERED, 4)


@pytest.mark.parametrize("leaves", [True, False])
def test_an_entry_rewritten_with_its_hash_is_found_by_the_head(journal, leaves):
    journal.write(4)
    journal.export(leaves=leaves)
    journal.write(5)
    journal.export(leaves=leaves)
    journal.put(Told(6, 6, "nobody", "case.opened", "case6", b""))
    verdict = journal.verdict()
    assert verdict.code == verify.ALTERED
    assert verdict.first == (6 if leaves else 4)
    assert ("entry 6 was altered" if leaves else "entries 4 to 8") in verdict.said[0]


def test_a_removed_entry_is_named(journal):
    journal.write(6)
    journal.export()
    journal.db.execute("DELETE FROM audit_entry WHERE seq=2")
    verdict = journal.verdict()
    assert (verdict.code, verdict.first) == (verify.ALTERED, 2)
    assert verdict.said[0] == "entry 2 is missing"


def test_a_log_cut_off_at_its_end_is_found_by_the_head(journal):
    journal.write(6)
    journal.export()
    journal.db.execute("DELETE FROM audit_entry WHERE seq>=3")
    verdict = journal.verdict()
    assert (verdict.code, verdict.first) == (verify.ALTERED, 3)


def test_two_entries_in_each_others_place_are_found(journal):
    journal.write(6)
    journal.export()
    journal.put(Told(1, 2, "p2", "case.opened", "case2", b""))
    journal.put(Told(2, 1, "p1", "case.opened", "case1", b""))
    assert journal.verdict().first == 1


def test_a_forged_head_and_a_head_of_another_key_are_refused(journal):
    journal.write(3)
    journal.export()
    noted = sealing.sign_public(journal.key).hex()
    assert journal.verdict(key=noted).code == verify.PROVED
    journal.write(1)
    journal.key = sealing.new_key()
    journal.export()
    assert "different keys" in journal.verdict().said[0]
    path = journal.folder / "heads/core-000000000003.json"
    path.write_text(path.read_text().replace('"at_us": 7', '"at_us": 8'))
    assert "no head as it left the house" in journal.verdict().said[0]


def test_heads_kept_elsewhere_prove_what_heads_beside_the_log_no_longer_can(journal, tmp_path):
    journal.write(3)
    journal.export()
    elsewhere = tmp_path / "usb"
    (journal.folder / "heads").rename(elsewhere)
    assert journal.verdict(heads=()).code == verify.UNPROVED
    assert journal.verdict(heads=[elsewhere]).code == verify.PROVED


def test_heads_beside_the_log_find_what_was_altered_and_prove_nothing(journal):
    journal.write(6)
    journal.export()
    assert journal.verdict(heads=()).code == verify.UNPROVED
    assert "go when it is cut off" in journal.verdict(heads=()).said[-2]
    journal.db.execute("DELETE FROM audit_entry WHERE seq>=3")
    assert (journal.verdict(heads=()).code, journal.verdict(heads=()).first) == (verify.ALTERED, 3)


def test_a_log_cut_off_together_with_the_heads_beside_it_is_found_by_one_on_paper(journal):
    journal.write(3)
    journal.export()
    journal.write(4)
    journal.export()
    last = max(journal.folder.glob("heads/core-*.json"))
    on_paper = Head.read(last).line()
    journal.db.execute("DELETE FROM audit_entry WHERE seq>=3")
    last.unlink()
    assert journal.verdict(heads=()).code == verify.UNPROVED
    verdict = journal.verdict(heads=(), lines=[on_paper])
    assert (verdict.code, verdict.first) == (verify.ALTERED, 3)


def test_with_paper_the_heads_beside_the_log_still_name_the_entry(journal):
    journal.write(6)
    journal.export()
    on_paper = Head.read(next(journal.folder.glob("heads/core-*.json"))).short()
    assert journal.verdict(heads=(), lines=[on_paper]).code == verify.PROVED
    journal.put(Told(4, 4, "nobody", "case.opened", "case4", b""))
    assert journal.verdict(heads=(), lines=[on_paper]).first == 4


@pytest.mark.parametrize("form", ["line", "short"])
def test_a_head_is_typed_in_from_paper_in_any_case_and_spacing_and_a_slip_is_told(journal, form):
    journal.write(6)
    journal.export()
    line = getattr(Head.read(next(journal.folder.glob("heads/core-*.json"))), form)()
    assert re.fullmatch(r"[A-Z0-9/-]+", line)  # QR alphanumeric, ISO/IEC 18004 table 5
    typed = " ".join(
        line.lower().replace("o", "0", 1)[at : at + 7] for at in range(0, len(line), 7)
    )
    assert journal.verdict(lines=[line.replace("-", "")]).code == verify.PROVED
    assert Head.typed(" " + line.lower() + "\n").size == 6
    assert Head.typed(typed.replace("c0re", "core")).root == Head.typed(line).root
    for at, letter in enumerate(line):
        if letter not in "/-":
            slip = line[:at] + ("7" if letter != "7" else "2") + line[at + 1 :]
            verdict = journal.verdict(lines=[slip])
            assert verdict.code in {verify.UNPROVED, verify.ALTERED}, slip


def test_heads_in_a_folder_of_inboxes_toml_count_as_kept_elsewhere(journal, tmp_path):
    journal.write(3)
    journal.export()
    (tmp_path / "theirs").mkdir()
    (journal.folder / "inboxes.toml").write_text(
        f'[[inbox]]\nname = "bar"\nfolder = "{tmp_path / "theirs"}"\n'
    )
    assert journal.verdict(heads=()).code == verify.UNPROVED
    head = next(journal.folder.glob("heads/core-*.json"))
    (tmp_path / "theirs" / head.name).write_bytes(head.read_bytes())
    assert journal.verdict(heads=()).code == verify.PROVED


def restored(journal, *, size, lost):
    """Cut the log back to `size` as a restore does, with the keeper's signed word for it."""
    journal.db.execute("DELETE FROM audit_entry WHERE seq>=?", (size,))
    leaves = [leaf for (leaf,) in journal.db.execute("SELECT leaf FROM audit_entry ORDER BY seq")]
    root = rules.grow(leaves).root()
    told = {"log": "core", "branch": 1, "size": size, "lost": lost, "at_us": 8}
    signed = sealing.sign(journal.key, rules.branch_bytes(**told, root=root))
    told |= {"root": root.hex(), "signature": signed.hex()}
    told |= {"key": sealing.sign_public(journal.key).hex()}
    (journal.folder / "heads/branch-core-001.json").write_text(json.dumps(told))
    journal.name = "core.1"


def test_after_a_restore_the_log_goes_on_and_the_proof_says_what_was_lost(journal):
    journal.write(5)
    journal.export()
    journal.write(4)
    journal.export()
    restored(journal, size=6, lost=9)
    verdict = journal.verdict()
    assert verdict.code == verify.RESTORED
    assert "entries 6 to 8 of before are lost" in verdict.said[-2]
    for seq in range(6, 12):
        journal.put(Told(seq, seq, "p9", "case.frozen", "case9", b""))
    journal.export()
    assert journal.verdict().code == verify.RESTORED
    assert journal.verdict().said[0].startswith("12 entries")
    journal.put(Told(8, 8, "nobody", "case.frozen", "case9", b""))
    assert (journal.verdict().code, journal.verdict().first) == (verify.ALTERED, 8)


def test_a_restore_excuses_nothing_before_it_and_nothing_that_nobody_signed(journal):
    journal.write(9)
    journal.export()
    restored(journal, size=6, lost=9)
    journal.put(Told(2, 2, "nobody", "case.opened", "case2", b""))
    assert journal.verdict().code == verify.ALTERED
    statement = journal.folder / "heads/branch-core-001.json"
    statement.write_text(statement.read_text().replace('"size": 6', '"size": 5'))
    assert "no branch as the keeper signed it" in journal.verdict().said[0]
    statement.unlink()
    assert journal.verdict().code == verify.ALTERED


def test_heads_of_a_restore_whose_statement_is_missing_prove_nothing(journal):
    journal.write(4)
    journal.export()
    restored(journal, size=4, lost=4)
    journal.write(3)
    journal.export()
    assert journal.verdict().code == verify.RESTORED
    assert "no signed entry was lost" in journal.verdict().said[1]
    (journal.folder / "heads/branch-core-001.json").unlink()
    assert journal.verdict().code == verify.UNPROVED
    assert "whose signed statement is not here" in journal.verdict().said[0]


def test_a_file_that_is_no_database_is_called_altered(journal):
    journal.write(3)
    journal.export()
    (journal.folder / "safeconduct.db").write_bytes(b"nothing of the kind" * 500)
    assert journal.verdict().code == verify.ALTERED


@pytest.mark.usefixtures("committed")
def test_what_the_product_wrote_is_proved_where_it_lies(tmp_path):
    for number in range(5):
        with transaction.atomic():
            record("p1", "case.opened", ref=f"case{number}", now=NOON)
    postgres = ""
    if connection.vendor == "postgresql":
        told = connection.settings_dict
        postgres = f"host={told['HOST']} dbname={told['NAME']} user={told['USER']}"
    else:
        (tmp_path / "safeconduct.db").symlink_to(Path(connection.settings_dict["NAME"]).absolute())
    assert verify.verify(tmp_path, "core", postgres=postgres).code == verify.UNPROVED
    head, key = queries.head(), sealing.new_key()
    told = {"log": "core", "size": head.size, "root": head.root.hex(), "at_us": 7}
    signed = rules.head_bytes(log="core", size=head.size, root=head.root, at_us=7)
    told |= {"key": sealing.sign_public(key).hex(), "signature": sealing.sign(key, signed).hex()}
    (tmp_path / "heads").mkdir()
    path = tmp_path / f"heads/core-{head.size:012d}.json"
    path.write_text(json.dumps({**told, "since": 0, "leaves": []}))
    verdict = verify.verify(tmp_path, "core", postgres=postgres, heads=[tmp_path / "heads"])
    assert (verdict.code, verdict.said[0][:9]) == (verify.PROVED, "5 entries")


def test_the_command_needs_no_django_and_says_it_in_its_exit_code(journal):
    journal.write(3)
    code = (
        "import sys; from safeconduct.audit import verify; "
        f"here = {str(journal.folder)!r}; "
        "code = verify.main(['--data', here, '--heads', here + '/heads']); "
        "sys.exit(9 if 'django' in sys.modules else code)"
    )
    said = []
    for wanted in (verify.UNPROVED, verify.ALTERED):
        run = subprocess.run(
            [sys.executable, "-c", code], cwd=SRC, capture_output=True, text=True, check=False
        )
        assert run.returncode == wanted, run.stdout + run.stderr
        said.append(run.stdout)
        journal.export()
        journal.db.execute("DELETE FROM audit_entry WHERE seq=1")
    assert "core: ALTERED: entry 1 is missing" in said[-1]
