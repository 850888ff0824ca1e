"""Keys that go beside a compartment's: by the same two yeses, which name them, and by no others."""

import pytest

from safeconduct.access import acts, client, keyring
from safeconduct.access.rules import Duty, Purpose
from safeconduct.keeper.tests.test_compartments import member, read, yes
from safeconduct.refusal import Refused


def test_what_goes_beside_a_compartment_stands_in_the_same_two_yeses(town):
    (operator, compartment), (_other, beside) = member(town), member(town)
    people, clocks = [town.person(Duty.DPO), town.person(Duty.DPO)], town.worker("clocks")
    digest = acts.destroy_digest(compartment, [beside])
    alone = [yes(town, each, compartment) for each in people]
    both = [yes(town, each, compartment, digest=digest) for each in people]
    for yeses, wished in ((alone, [beside]), (both, []), (both, [beside, "another"])):
        with pytest.raises(Refused, match="two people"):
            keyring.destroy(clocks, compartment=compartment, yeses=yeses, beside=wished)
    with pytest.raises(Refused, match="belongs to the programme"):
        keyring.destroy(clocks, compartment=compartment, yeses=both, beside=["programme"])
    assert not read(operator, compartment).gone(compartment)
    keyring.destroy(clocks, compartment=compartment, yeses=both, beside=[beside])
    ring = client.open_keys(
        clocks, purpose=Purpose.CLOCKS, compartments=[compartment, beside], kinds=["body"]
    )
    assert ring.gone == {compartment, beside}


def test_one_erasure_takes_the_keys_of_one_man_and_not_of_a_programme_whatever_was_touched(town):
    (_operator, compartment), people = member(town), [town.person(Duty.DPO), town.person(Duty.DPO)]
    clocks = town.worker("clocks")
    many = client.create(clocks, count=10)
    for few in (many, many[1:]):
        digest = acts.destroy_digest(compartment, few)
        yeses = [yes(town, each, compartment, digest=digest) for each in people]
        if few is many:
            with pytest.raises(Refused, match="nine keys"):
                keyring.destroy(clocks, compartment=compartment, yeses=yeses, beside=few)
        else:
            keyring.destroy(clocks, compartment=compartment, yeses=yeses, beside=few)
    ring = client.open_keys(
        clocks, purpose=Purpose.CLOCKS, compartments=[compartment, *many], kinds=["body"]
    )
    assert ring.gone == {compartment, *many[1:]}
