"""Every sealed column of every table, found by looking: a box lies in its own row and opens there.

Whoever writes into the database has boxes to move about, and no key. What he moves does not open;
what he puts back opens only where a new box takes the place of an old one, and those are counted.
What a page then says stands in conversations/tests/test_moved.py and escort/tests/test_moved.py.
"""

import pytest
from django.apps import apps
from django.db import connection

from safeconduct import sealing
from safeconduct.access.answers import Opened
from safeconduct.access.fields import NotSealed, SealedField
from safeconduct.access.keyring import Keyring
from safeconduct.cases.models import Case, Step
from safeconduct.refusal import Refused

REWRITTEN = {
    "passage.Passage.request",
    "passage.Repricing.content",  # what a plan's ways cost by the reports that stand now
    "escort.Contact.seen",
    "escort.UnitPlace.seen",
    "reception.Paper.body",
    "custody.Core.body",
    "cases.Roll.body",  # sealed anew when a reader has left
    "post.Handle.number",  # its handle is linked with another of his, or no more
}


def _columns():
    fields = (field for model in apps.get_models() for field in model._meta.get_fields())
    return {field.bound_to: field for field in fields if isinstance(field, SealedField)}


COLUMNS = _columns()
each_column = pytest.mark.parametrize("column", sorted(COLUMNS))


@pytest.fixture
def ring():
    """Keys of two compartments, all kinds."""
    keys = {(c, kind): sealing.new_key() for c in ("case1", "case2") for kind in sealing.KINDS}
    return Keyring(Opened(keys, frozenset()))


def sealed(ring, column, *, ref="row1", compartment="case1", kind="body"):
    return ring.seal("Мельница", field=column, kind=kind, compartment=compartment, ref=ref)


def row_of(field):
    """A row in hand that lies in no table. A step of a case is known by its case and number."""
    row = field.model()
    if isinstance(row, Step):
        row.case, row.seq = Case(ref="case1"), 3
    elif not row.ref:  # of a glass: the keeper gives it
        row.ref = "glass1"
    return row


def test_the_look_for_sealed_columns_finds_them():
    assert len(COLUMNS) >= 27
    assert {"post.Handle.number", "conversations.Message.body", "passage.Plan.content"} <= set(
        COLUMNS
    )


@each_column
def test_a_box_opens_in_no_other_row_column_compartment_or_kind(ring, column):
    box, here = sealed(ring, column), {"field": column, "compartment": "case1", "ref": "row1"}
    assert ring.open(box, **here) == "Мельница"
    raw = bytes(box)
    moved = [{**here, "ref": "row2"}, {**here, "compartment": "case2"}, {**here, "kind": "name"}]
    moved += [{**here, "field": other} for other in COLUMNS if other != column]
    for place in moved:
        with pytest.raises(Refused, match="changed or moved"):
            ring.open(raw, **place)


@each_column
def test_a_box_that_was_cut_or_changed_anywhere_opens_no_more(ring, column):
    raw, here = sealed(ring, column), {"field": column, "compartment": "case1", "ref": "row1"}
    for at in range(len(raw)):
        with pytest.raises(Refused, match="changed or moved"):
            ring.open(raw[:at] + bytes((raw[at] ^ 1,)) + raw[at + 1 :], **here)
    for length in (0, 1, 28, len(raw) - 1):
        with pytest.raises(Refused, match="changed or moved"):
            ring.open(raw[:length], **here)


@each_column
def test_a_column_takes_the_box_of_its_own_row_and_no_other(ring, column):
    field = COLUMNS[column]
    row = row_of(field)

    def put(box):
        setattr(row, field.attname, box)
        bound = field.get_db_prep_save(field.pre_save(row, True), connection)
        return bytes(getattr(bound, "obj", bound))  # psycopg wraps what it is to send

    own = sealed(ring, column, ref=row.ref)
    assert put(own) == bytes(own)
    with pytest.raises(NotSealed, match="another row"):
        put(sealed(ring, column, ref="another"))
    other = next(name for name in sorted(COLUMNS) if name != column)
    with pytest.raises(NotSealed, match="a box of"):
        put(sealed(ring, other, ref=row.ref))
    for plain in ("Мельница", b"\x01" + bytes(200), bytes(own)):
        with pytest.raises(NotSealed, match="seal the value first"):
            put(plain)


@each_column
def test_a_row_keeps_its_first_box_and_few_columns_take_a_second(ring, column):
    field = COLUMNS[column]
    row = row_of(field)
    setattr(row, field.attname, sealed(ring, column, ref=row.ref))
    field.pre_save(row, True)
    field.pre_save(row, False)  # saved again, unchanged
    setattr(row, field.attname, sealed(ring, column, ref=row.ref))
    if column in REWRITTEN or field.null:  # filled later; whether one lay there is not seen
        field.pre_save(row, False)
    else:
        with pytest.raises(NotSealed, match="written once"):
            field.pre_save(row, False)
    assert field.rewritten == (column in REWRITTEN)


@each_column
def test_what_is_opened_is_opened_as_what_it_is(ring, column):
    box = COLUMNS[column].from_db_value(bytes(sealed(ring, column)), None, connection)
    assert ring.open(box, field=column, compartment="case1", ref="row1") == "Мельница"
    other = next(name for name in sorted(COLUMNS) if name != column)
    with pytest.raises(ValueError, match="was opened as one of"):
        ring.open(box, field=other, compartment="case1", ref="row1")
