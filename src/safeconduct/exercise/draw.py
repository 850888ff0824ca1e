"""`python -m safeconduct.exercise.draw --seed N --to FILE`: write the fictional district as an extract."""

import argparse
from pathlib import Path

from safeconduct.exercise import district


def main() -> None:
    """Draw and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--to", type=Path, required=True, help="an .osm.pbf to write")
    told = parser.parse_args()
    district.write(district.build(told.seed), told.to)


if __name__ == "__main__":
    main()
