"""What is to be noted of alerts: each that came or went, and each that nobody took in time. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from safeconduct.station.notebook import Notebook
from safeconduct.station.under import Standing, Under, alert_word, taken_at_home
from safeconduct.stationed import StationWord
from safeconduct.watch import known


@dataclass(frozen=True, slots=True)
class Noted:
    """One look's news.

    Attributes:
        came: alerts that are new, or have become grave.
        gone, untaken: keys.
        standing: what stands after it.
    """

    at: datetime
    came: Sequence[known.Alert]
    gone: Sequence[str]
    untaken: Sequence[str]
    standing: dict[str, Standing]

    @property
    def things(self) -> bool:
        """Return whether there is anything to note."""
        return bool(self.came or self.gone or self.untaken)

    def words(self, book: Notebook) -> list[StationWord]:
        """Return the records."""
        told = [alert_word(each, at=self.at) for each in self.came]
        told += [book.word("cleared", about=key) for key in self.gone]
        return told + [book.word("untaken", about=key) for key in self.untaken]


def noted(under: Under, seen: Sequence[known.Alert], *, now: datetime) -> Noted:
    """Return what is new in one look."""
    before = under.standing
    came = [a for a in seen if a.key not in before or (a.grave and not before[a.key].grave)]
    gone = sorted(before.keys() - {each.key for each in seen})
    standing = {key: each for key, each in before.items() if key not in gone}
    for each in came:
        was = before.get(each.key) or Standing(now, each.grave)
        standing[each.key] = replace(was, grave=each.grave)
    patience = timedelta(seconds=under.briefing.untaken_s)
    untaken = sorted(
        key
        for key, each in standing.items()
        if each.taken_at is None
        and each.untaken_at is None
        and now - each.since >= patience
        and taken_at_home(under, key) is None
    )
    for key in untaken:
        standing[key] = replace(standing[key], untaken_at=now)
    return Noted(now, came, gone, untaken, standing)
