"""What whoever writes into the database gets by putting an old box back: said plainly, for both columns."""

import pytest
from django.db import connection

from safeconduct.access.rules import Duty
from safeconduct.escort import actions, queries
from safeconduct.escort.actions.seeing import Report
from safeconduct.escort.models import Contact
from safeconduct.refusal import Refused

FAR = Report(direction_deg=90, distance_m=9000, heading_deg=90, speed_m_s=5)
NEAR = Report(direction_deg=90, distance_m=1200, heading_deg=270, speed_m_s=15)


def put(ref, raw):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE escort_contact SET seen=%s WHERE ref=%s", [raw, ref])


def seen(ref):
    return bytes(Contact.objects.get(ref=ref).seen)


@pytest.fixture
def reports(under_way):
    """Return `reports(report)`: the pilot tells of a contact, perhaps in place of an earlier one."""
    under_way.drives(10)

    def report(told, **contact):
        pilot = under_way[Duty.PIL]
        return actions.report_contact(
            pilot, ref=under_way.ref, report=told, now=under_way.now, **contact
        )

    return report


def test_a_place_from_another_row_stops_the_look_at_all_contacts(under_way, reports):
    one, other = reports(FAR), reports(NEAR)
    put(one, seen(other))
    with pytest.raises(Refused, match="changed or moved"):
        queries.contacts_in(under_way.row(), keys=under_way.keys())


def test_an_older_place_of_the_same_contact_opens_as_if_it_were_the_newer(under_way, reports):
    """The negative: docs/threats.md names this column among those whose old box is not known."""
    ref = reports(FAR)
    old = seen(ref)
    assert reports(NEAR, contact=ref) == ref
    put(ref, old)
    (contact,) = queries.contacts_in(under_way.row(), keys=under_way.keys())
    assert contact.speed_m_s == FAR.speed_m_s
