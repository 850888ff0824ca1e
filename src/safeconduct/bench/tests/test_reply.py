"""The clock starts at the carrier's own record, and the floor is what disk and page take alone."""

import json

import pytest

from safeconduct.bench import reply
from safeconduct.bench.reply import Took

AT = "2026-11-22T12:00:00+00:00"


def test_the_carrier_s_record_says_when_a_text_left(tmp_path):
    record = tmp_path / "carrier.jsonl"
    said = "Текст 0001"
    pdu = b"\0\0\0\5" + said.encode("utf-16-be")
    told = [{"at": AT, "way": way, "hex": pdu.hex()} for way in ("in", "out")]
    record.write_text("\n".join(map(json.dumps, told)))
    assert reply.sent_at(record, said).isoformat() == AT
    record.write_text(json.dumps(told[0]))
    with pytest.raises(reply.Lost):
        reply.sent_at(record, said)


def test_every_text_of_a_run_is_held_against_a_second_and_the_floor_is_told_beside_it():
    took = Took(reply=[200.0] * 29 + [1200.0], commit=[5.0, 4.0, 6.0], fetch=[30.0])
    assert took.floor == 4 * 5.0 + 30.0
    half, most, worst = reply.figures(took)
    assert (half.ratio, half.met) == (0.2, True)
    assert (most.ratio, most.met) == (0.2, True)
    assert (worst.ratio, worst.met) == (1.2, False)
    assert "take 50 ms" in half.against
    assert {each.target for each in (half, most, worst)} == {"<= 1"}


def test_a_commit_is_one_durable_row(tmp_path):
    path = tmp_path / "bare.db"
    with reply._disk(path) as commit:
        before = path.with_name("bare.db-wal").stat().st_size
        commit()
        assert path.with_name("bare.db-wal").stat().st_size > before
