"""What a release wheel brings of others: whole, as it was tried, or not at all. npm itself is not asked here."""

import base64
import gzip
import hashlib
import io
import tarfile
from pathlib import Path

import pytest
from tools.map_packages import PACKAGES, NotBrought, Package, unpacked

ROOT = Path(__file__).parents[1]
WORKER = "dist/maplibre-gl-worker.mjs"


def packed(folder, **files):
    path = folder / "some.tgz"
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            told = tarfile.TarInfo(f"package/{name}")
            told.size = len(content)
            archive.addfile(told, io.BytesIO(content))
    digest = base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()
    return path, digest


def test_files_are_taken_under_the_names_they_are_served_by(tmp_path):
    path, digest = packed(tmp_path, **{WORKER: b"work()", "README.md": b"read"})
    files = {WORKER: "worker.mjs", "README.md": "some.md"}
    taken = {path.name: path for path in unpacked(path, Package("some@1", digest, files), tmp_path)}
    # what a browser loads lies there packed too
    assert set(taken) == {"worker.mjs", "worker.mjs.gz", "some.md"}
    assert taken["worker.mjs"].read_bytes() == b"work()"
    assert gzip.decompress(taken["worker.mjs.gz"].read_bytes()) == b"work()"


@pytest.mark.parametrize("files", [{}, {WORKER: b""}, {WORKER: b" \n"}])
def test_a_missing_or_empty_file_makes_no_wheel(tmp_path, files):
    path, digest = packed(tmp_path, **files)
    with pytest.raises(NotBrought, match="missing or empty"):
        unpacked(path, Package("some@1", digest, {WORKER: "worker.mjs"}), tmp_path)


def test_a_package_that_is_not_the_one_that_was_tried_makes_no_wheel(tmp_path):
    path, _digest = packed(tmp_path, **{WORKER: b"work()"})
    with pytest.raises(NotBrought, match="another digest"):
        unpacked(path, Package("some@1", PACKAGES[0].sha512, {WORKER: "worker.mjs"}), tmp_path)


def test_the_worker_keeps_the_name_by_which_the_map_finds_it_and_nothing_of_theirs_is_in_the_tree():
    assert PACKAGES[0].files[WORKER] == "maplibre-gl-worker.mjs"
    assert not [*ROOT.glob("src/**/maplibre*"), *ROOT.glob("src/**/pmtiles*")]
