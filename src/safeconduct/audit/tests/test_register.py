import pytest
from conftest import NOON
from django.db import DatabaseError, transaction

from safeconduct.audit import actions, queries, register
from safeconduct.audit.models import Lasting


def stop(number):
    with transaction.atomic():
        actions.remember("optout", {"index": f"{number:064x}"}, now=NOON)


@pytest.fixture
def folder(settings, tmp_path, committed):
    settings.DATA = tmp_path
    return tmp_path


def test_what_must_last_stands_in_the_file_as_soon_as_its_act_is_committed(folder):
    stop(1)
    stop(2)
    lines = register.read(folder / register.FILE)
    assert lines == queries.lasting(0)
    assert [line.told["index"][-1] for line in lines] == ["1", "2"]


def test_an_act_that_was_rolled_back_leaves_no_line(folder):
    stop(1)
    with transaction.atomic():
        actions.remember("optout", {"index": "22"}, now=NOON)
        transaction.set_rollback(True)
    assert len(register.read(folder / register.FILE)) == 1
    assert queries.lasting_size() == 1


def test_a_line_lost_to_a_full_disk_or_a_power_cut_is_written_by_the_loop(folder):
    stop(1)
    path = folder / register.FILE
    whole = path.read_text()
    for cut in (0, 1, len(whole) - 1):
        path.write_text(whole[:cut])
        actions.write_register()
        assert path.read_text() == whole


def test_a_line_that_was_altered_removed_or_put_in_is_refused(folder):
    for number in range(3):
        stop(number)
    path = folder / register.FILE
    lines = path.read_text().splitlines(keepends=True)
    altered = lines[1].replace("optout", "burned")
    for wrong in ([lines[0], altered, lines[2]], [lines[0], lines[2]], [*lines, lines[2]]):
        path.write_text("".join(wrong))
        with pytest.raises(register.Torn):
            register.read(path)


def test_an_older_table_beside_a_longer_file_is_told_and_nothing_is_overwritten(folder):
    for number in range(3):
        stop(number)
    path = folder / register.FILE
    before = path.read_text()
    with pytest.raises(register.Torn, match="older copy was restored"):
        register.write(folder, lambda since: queries.lasting(since)[:0])
    assert path.read_text() == before


def test_the_longest_of_several_copies_counts_and_two_that_differ_are_refused(folder):
    for number in range(3):
        stop(number)
    lines = queries.lasting(0)
    assert register.longest([lines[:1], lines, []]) == lines
    with pytest.raises(register.Torn, match="different things"):
        register.longest([lines, [lines[1]]])


def test_the_database_itself_lets_no_line_be_changed_removed_or_skipped(folder):
    stop(1)
    row = Lasting.objects.get()
    for change in (
        lambda: Lasting.objects.update(value="{}"),
        lambda: Lasting.objects.all().delete(),
        lambda: actions.bring_back(register.Line(5, row.at_us, row.kind, row.value)),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_how_the_file_stands_beside_its_table_is_told_and_it_is_not_touched(folder):
    def stands():
        return queries.register_standing()

    path = folder / register.FILE
    assert stands() == register.Standing(0, 0, "")
    for number in range(3):
        stop(number)
    whole = path.read_bytes()
    assert stands() == register.Standing(3, 0, "")
    one = whole.split(b"\n")[0] + b"\n"
    for cut, waiting in ((whole[:-1], 1), (one, 2), (b"", 3), (one[:-1], 3)):
        path.write_bytes(cut)
        assert stands() == register.Standing(3, waiting, "")
        assert path.read_bytes() == cut
    path.write_bytes(b"none\n")
    assert stands().code == "torn"
    path.write_bytes(whole)
    assert register.standing(folder, lines=2).code == "torn"  # older tables beside it
    path.unlink()
    assert stands() == register.Standing(3, 3, "")
    path.mkdir()
    assert stands() == register.Standing(3, 3, "unwritten")
    path.rmdir()
