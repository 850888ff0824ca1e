"""Runs the station: `python -m safeconduct.station`."""

from safeconduct.station.serving import main

if __name__ == "__main__":
    raise SystemExit(main())
