"""Brings MapLibre and the reader of PMTiles into a release wheel, by npm. Nothing of theirs is kept in the tree.

The versions are those we tried; the digests are those the packages had then, and others are refused.
Beside what a browser loads lies the same packed, which WhiteNoise gives to whoever takes it: 1.8 MB are
0.5 MB on a thin line.
"""

import base64
import gzip
import hashlib
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

TARGET = "safeconduct/web/static/maplibre"
LOADED = {".mjs", ".js", ".css"}


@dataclass(frozen=True, slots=True)
class Package:
    """One package, its sha512 in base64, and which of its files a browser loads, by their new names."""

    name: str
    sha512: str
    files: dict[str, str]


PACKAGES = (
    Package(
        "maplibre-gl@6.17.0",
        "2chIZwpLGenoUQOcnm9Pk4SLbA8ppNFq8jlpXiq9vcYm3Y1wJ3fc82FL0GLwBaPYJCLzPv/mC46KEupVov75rQ==",
        {  # the first finds the second by its name beside itself
            "dist/maplibre-gl.mjs": "maplibre-gl.mjs",
            "dist/maplibre-gl-worker.mjs": "maplibre-gl-worker.mjs",
            "dist/maplibre-gl.css": "maplibre-gl.css",
            "LICENSE.txt": "maplibre-gl.LICENSE.txt",
        },
    ),
    Package(
        "pmtiles@4.5.0",
        "CBeD4SoUluFziGdy/8k7FOjQxQy486n+929W/tWophauvMICpkZ26vGBWhDt/6b1FZQWNaf4jFdT/5+q0Wii5w==",
        {
            "dist/pmtiles.js": "pmtiles.js",
            "package.json": "pmtiles.package.json",
        },  # says its licence
    ),
)


class NotBrought(RuntimeError):
    """A package is not what it should be, or did not come; no wheel is made."""


def bring(folder: Path) -> dict[str, str]:
    """Fetch both packages into `folder`; return where each file lies → where it stands in the wheel.

    Raises:
        NotBrought: npm fails, or a file is missing, empty, or of another digest.
    """
    return {
        str(path): f"{TARGET}/{path.name}"
        for package in PACKAGES
        for path in unpacked(fetched(package, folder), package, folder)
    }


def fetched(package: Package, folder: Path) -> Path:
    """Return the package's archive, as npm brings it from wherever this machine was told to ask."""
    into = folder / package.name.partition("@")[0]
    into.mkdir()
    argv = ["npm", "pack", "--silent", "--ignore-scripts", package.name]
    try:
        subprocess.run(argv, cwd=into, check=True, capture_output=True, text=True)
    except FileNotFoundError:
        raise NotBrought("A release wheel needs npm, and there is none.") from None
    except subprocess.CalledProcessError as failed:
        raise NotBrought(f"npm does not bring {package.name}: {failed.stderr[-500:]}") from None
    archives = list(into.glob("*.tgz"))
    if len(archives) != 1:
        raise NotBrought(f"npm brought {len(archives)} archives for {package.name}, not one.")
    return archives[0]


def unpacked(archive: Path, package: Package, folder: Path) -> list[Path]:
    """Write the files that are wanted of an archive into `folder`, and return where they lie.

    Raises:
        NotBrought: the archive is another one, or a file of it is missing or empty.
    """
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if digest != package.sha512:
        raise NotBrought(f"{package.name} has another digest than the one we tried: {digest}")
    written = []
    with tarfile.open(archive) as held:
        for inside, name in package.files.items():
            try:
                found = held.extractfile(f"package/{inside}")
            except KeyError:
                found = None
            content = found.read() if found else b""
            if not content.strip():
                raise NotBrought(f"{inside} of {package.name} is missing or empty.")
            (folder / name).write_bytes(content)
            written.append(folder / name)
            if written[-1].suffix in LOADED:
                packed = folder / f"{name}.gz"
                packed.write_bytes(gzip.compress(content, mtime=0))  # of equal files, equal wheels
                written.append(packed)
    return written
