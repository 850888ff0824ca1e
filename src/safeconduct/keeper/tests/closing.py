"""What the tests of closing share: people who say yes, and a compartment with a text in it."""

from dataclasses import dataclass

from safeconduct.access import acts, client, keyring
from safeconduct.access.closing import Certificate
from safeconduct.access.rules import Act, Duty, Purpose
from safeconduct.keeper.tests.conftest import NOON, Town

PLACE = {"field": "cases.step.why", "ref": "row1"}
SAID = "he waits where the road turns"


@dataclass
class Closing:
    """One town, and the two who may close."""

    town: Town

    def __post_init__(self) -> None:
        self.two = [self.town.person(Duty.DPO), self.town.person(Duty.DPO)]

    def make(self) -> tuple[str, bytes]:
        """Return a new compartment and what was sealed in it."""
        ref = client.create(self.town.worker("clocks"))[0]
        return ref, self._ring(ref).seal(SAID, kind="body", compartment=ref, **PLACE)

    def _ring(self, ref: str) -> keyring.Keyring:
        return keyring.open_fields(self.town.worker("clocks"), Purpose.CLOCKS, [ref], ["body"])

    def opens(self, ref: str, box: bytes) -> bool:
        """Return whether the text is read; False only when the keeper says that it is gone."""
        ring = self._ring(ref)
        if ring.gone(ref):
            return False
        return ring.open(box, kind="body", compartment=ref, **PLACE) == SAID

    def yeses(self, ref: str) -> list[client.Yes]:
        """Return two people's yes."""
        act = Act("cases.purge", "case1", acts.destroy_digest(ref), Duty.DPO)
        return [client.act(each, act, self.town.touch(each, act), now=NOON) for each in self.two]

    def close(self, ref: str, yeses: list[client.Yes] | None = None) -> Certificate:
        """Close it, and return the certificate."""
        found = keyring.destroy(
            self.town.worker("clocks"), compartment=ref, yeses=yeses or self.yeses(ref)
        )
        assert found is not None
        return found
