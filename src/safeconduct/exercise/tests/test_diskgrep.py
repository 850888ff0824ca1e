"""The judge's search finds what lies readable, in any of its forms, and nothing else."""

import base64
import gzip
import json

import pytest

from safeconduct.exercise.diskgrep import search

SECRETS = {"number": "+380671234567", "text": "Еды нет третий день"}


@pytest.mark.parametrize(
    "written",
    [
        SECRETS["text"].encode(),
        SECRETS["text"].encode("utf-16-be"),
        SECRETS["text"].encode().hex().encode(),
        base64.b64encode(b"xy" + SECRETS["text"].encode() + b"z"),
        json.dumps(SECRETS["text"]).encode(),
        b"tel:380671234567;",
        bytes.fromhex("836017325476"),
    ],
    ids=["utf-8", "ucs-2", "hex", "base64", "json", "digits", "nibbles"],
)
def test_a_secret_in_any_form_is_found(tmp_path, written):
    (tmp_path / "a.db-wal").write_bytes(b"\x00\x01" + written + b"\x02")
    assert search(tmp_path, SECRETS)


def test_a_secret_inside_a_compressed_file_is_found(tmp_path):
    (tmp_path / "log.gz").write_bytes(gzip.compress(b"line " + SECRETS["text"].encode()))
    assert [f.secret for f in search(tmp_path, SECRETS)] == ["text"]


def test_sealed_looking_bytes_are_not_mistaken_for_a_secret(tmp_path):
    (tmp_path / "a.db").write_bytes(bytes(range(256)) * 400)
    assert search(tmp_path, SECRETS) == []
