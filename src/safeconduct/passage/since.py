"""What reports made of a plan's ways since it was made, as its page shows it to those let in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from safeconduct.access.keyring import Keyring
from safeconduct.passage import dangers
from safeconduct.passage.choosing import WAYS
from safeconduct.passage.models import Plan, Repricing
from safeconduct.passage.verdicts import CALLS, Verdict


@dataclass(frozen=True, slots=True)
class Found:
    """A way to one of the places, searched anew under the reports of now."""

    letter: str
    name: str
    minutes: int
    p: str
    mined: bool


@dataclass(frozen=True, slots=True)
class Since:
    """The verdict, its figure, and the ways that were found anew; `failed` where none could be searched."""

    verdict: Verdict
    p: str
    at: datetime
    found: Sequence[Found]
    searching: bool
    failed: bool

    @property
    def calls(self) -> bool:
        """Return whether somebody must look."""
        return self.verdict in CALLS


def since(keys: Keyring, plan: Plan) -> Since | None:
    """Return what became of a plan's ways, None while nothing changed.

    Args:
        keys: of the passage's compartment.
    """
    row = Repricing.objects.filter(plan=plan).first()
    if row is None or Verdict(row.verdict) is Verdict.SAME:
        return None
    if Verdict(row.verdict) is Verdict.UNKNOWN:  # what lies sealed is of an earlier moment
        return Since(Verdict.UNKNOWN, "", row.at, [], searching=False, failed=False)
    fronts = dangers.priced_in(keys, plan, row)["fronts"]
    found = [
        Found(
            letter,
            _(WAYS[way["name"]]),
            round(way["time_s"] / 60),
            f"{way['p_milli'] / 1000:.2f}",
            bool(way["mined"]),
        )
        for letter, ways in sorted(fronts.items())
        for way in ways
    ]
    figure = f"{row.p_milli / 1000:.2f}"
    return Since(Verdict(row.verdict), figure, row.at, found, row.front_due, row.front_failed)
