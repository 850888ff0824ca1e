"""Places and times of his texts, as the page shows them to a person before anybody uses one.

They are read anew each time and kept nowhere: no table, no export, no list over conversations. A
place becomes something only where a person writes it down as his position or as a danger.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from safeconduct.conversations.queries.thread import Spoken
from safeconduct.conversations.reading import reader
from safeconduct.conversations.reading.times import TimeSaid
from safeconduct.programme.profile import Profile
from safeconduct.ways.written import Place

LATEST = 10  # of his texts that are looked through; older ones are read by whoever scrolls


@dataclass(frozen=True, slots=True)
class Facts:
    """What his latest texts name: each place and each time, in the order he wrote them."""

    places: list[Place]
    times: list[TimeSaid]


def facts_in(spoken: Sequence[Spoken], *, profile: Profile) -> Facts:
    """Return the places and times of his latest texts on a page."""
    his = [each for each in spoken if each.direction == "in"][-LATEST:]
    return Facts(
        [place for each in his for place in reader.places_in(each.text, profile=profile)],
        [
            time
            for each in his
            for time in reader.times_in(each.text, profile=profile, sent_at=each.at)
            if time.readings
        ],
    )
