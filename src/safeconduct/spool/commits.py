"""Whether anybody has committed to a SQLite file: a few bytes read, no wait, and nothing written."""

from pathlib import Path
from urllib.parse import quote

from safeconduct.traces import open_sqlite


class SqliteFile:
    """One SQLite file, by `PRAGMA data_version` on a connection of our own, which never writes."""

    def __init__(self, path: Path) -> None:
        self.db = open_sqlite(
            f"file:{quote(str(path))}?mode=ro",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
        )

    def read(self) -> object:
        """Return the number that another connection's commit changes."""
        return self.db.execute("PRAGMA data_version").fetchone()[0]

    def close(self) -> None:
        """Close the file."""
        self.db.close()
