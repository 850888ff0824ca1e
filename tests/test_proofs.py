"""What the three pages name is proven: without the function, its test fails."""

import pytest

from tests import named


# whose tables and learned words the tests in the other process take
@pytest.mark.usefixtures("django_db_setup", "words_of_the_map")
def test_each_step_and_duty_is_broken_by_breaking_its_function_and_each_never_by_removing_its_rule():
    """All in one process, for it takes as long to begin as many of the tests together."""
    steps, duties, nevers = map(named.read, (named.WAY, named.LAW, named.REFUSALS))
    assert named.unproven((*steps, *duties), remove=nevers) == []
