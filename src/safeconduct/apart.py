"""Where the keeper's files lie: with the others, or apart, where it has a user of its own."""

from pathlib import Path

FOLDER = (
    "keeper"  # in the data folder; made by whoever gives the keeper its user (command/users.py)
)


def of_keeper(data: Path) -> Path:
    """Return the folder of keys.db, root.key, keeper-log.db and keeper.sock."""
    own = data / FOLDER
    return own if own.is_dir() else data
