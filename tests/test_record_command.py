"""A recipient's key, and what opens with it; what does not lays out nothing."""

import base64

import pytest

from safeconduct import sealing
from safeconduct.command import record
from safeconduct.command.trouble import Trouble
from safeconduct.escort.record import BOUND, packed


@pytest.fixture
def sealed(tmp_path, capsys):
    """Return a record sealed to a key that was just made, and the key's file."""
    key = tmp_path / "mine.key"
    record.new_key(key)
    public = base64.b64decode("".join(capsys.readouterr().out.split()))
    box = sealing.hpke_seal(public, packed({"said.json": b"{}"}), info=f"{BOUND}ref1".encode())
    path = tmp_path / "p.record"
    path.write_bytes(b"ref1\n" + box)
    return path, key


def test_what_was_sealed_to_the_key_opens_with_it_alone(sealed, tmp_path):
    path, key = sealed
    record.open_(path, key=key, to=tmp_path / "out")
    assert (tmp_path / "out/said.json").read_bytes() == b"{}"
    other = tmp_path / "other.key"
    record.new_key(other)
    for raw in (path.read_bytes()[:-1], path.read_bytes().replace(b"ref1", b"ref2"), b""):
        (tmp_path / "q.record").write_bytes(raw)
        with pytest.raises(Trouble, match="does not open"):
            record.open_(tmp_path / "q.record", key=key, to=tmp_path / "none")
    with pytest.raises(Trouble, match="does not open"):
        record.open_(path, key=other, to=tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_nothing_that_is_there_is_written_over(sealed, tmp_path):
    path, key = sealed
    with pytest.raises(Trouble, match="is there already"):
        record.new_key(key)
    with pytest.raises(Trouble, match="is there already"):
        record.open_(path, key=key, to=tmp_path)
