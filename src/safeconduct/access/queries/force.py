"""What the keeper called supervisors about."""

from dataclasses import dataclass
from datetime import datetime

from safeconduct.access import client
from safeconduct.access.rules import Officer

# What the keeper's log says, most telling first; whatever else it calls about is a limit.
_SAID = (
    ("under force", "FORCED"),  # he may tell a drill while he is held
    ("told a drill", "TOLD"),
    ("a drill of force", "DRILL"),
    ("met a changed box", "CHANGED"),
    ("met a yes", "FORGED"),
    ("met a head", "HEAD"),
)


@dataclass(frozen=True, slots=True)
class Noted:
    """One thing the keeper called about: FORCED, DRILL, TOLD, CHANGED, FORGED, HEAD or LIMIT.

    Attributes:
        about: ref of what it is about: of a FORGED yes, what it was a yes to.
    """

    at: datetime
    who: str
    what: str
    about: str


def noted_for(officer: Officer) -> list[Noted]:
    """Return what the keeper called about in the last week, newest first (SUP, AUD).

    Raises:
        Refused: the keeper does not tell him.
        client.KeeperAway: it does not answer.
    """
    return [
        Noted(
            at=datetime.fromisoformat(each["at"]),
            who=each["who"],
            what=next((what for words, what in _SAID if words in each["verb"]), "LIMIT"),
            about=each["subject"],
        )
        for each in client.noted(officer.login)
    ]
