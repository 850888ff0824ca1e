import pickle

import pytest

from safeconduct import sealing
from safeconduct.access.boxes import Box
from safeconduct.access.fields import NotSealed, SealedField
from safeconduct.access.models import Shift

HERE = "access.Shift.handle"
RAW = sealing.seal_field(sealing.new_key(), b"x", sealing.address(HERE, "c", "r"))
BOX = Box(RAW, column=HERE, ref="r", fresh=True)


def field(**options):
    made = SealedField(**options)
    made.set_attributes_from_name("handle")
    made.model = Shift
    return made


@pytest.mark.parametrize(
    "plain",
    [
        "+380501234567",
        b"+380501234567",
        7,
        b"\x01" + b"short",
        b"p" * 200,
        pytest.param(RAW, id="a box without its place"),
    ],
)
def test_a_sealed_column_takes_no_plain_value(plain):
    with pytest.raises(NotSealed, match="seal the value first"):
        field().get_prep_value(plain)


def test_a_sealed_column_takes_a_box_and_gives_one_that_shows_nothing():
    assert field().get_prep_value(BOX) == BOX
    assert field().get_prep_value(None) is None
    got = field().from_db_value(memoryview(BOX), None, None)
    assert isinstance(got, Box)
    assert got == BOX
    assert (repr(got), str(got), f"{got}") == ("<sealed>",) * 3


@pytest.mark.parametrize("lookup", ["exact", "in", "gt", "contains", "startswith", "range"])
def test_nobody_looks_a_sealed_value_up(lookup):
    with pytest.raises(TypeError, match="sealed"):
        field().get_lookup(lookup)


def test_whether_there_is_a_box_may_be_asked():
    assert field().get_lookup("isnull").lookup_name == "isnull"


def test_there_is_nothing_to_look_into():
    with pytest.raises(TypeError, match="look into"):
        field().get_transform("length")


@pytest.mark.parametrize("options", [{"db_index": True}, {"unique": True}, {"default": b"x"}])
def test_a_sealed_column_with_an_index_or_a_default_stops_the_start(options):
    assert "access.E001" in {found.id for found in field(**options).check()}
    assert "access.E001" not in {found.id for found in field().check()}


def test_a_box_is_not_pickled_since_it_would_forget_where_it_belongs():
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(BOX)
