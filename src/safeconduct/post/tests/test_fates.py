from hypothesis import given
from hypothesis import strategies as st

from safeconduct.post import fates
from safeconduct.post.rules import MAX_ATTEMPTS, Outcome

outcomes = st.none() | st.sampled_from(Outcome)


@given(st.lists(outcomes, min_size=1, max_size=MAX_ATTEMPTS))
def test_a_text_is_called_not_sent_only_if_no_attempt_may_have_been_sent(attempts):
    told = [each for each in attempts if each is not None]
    whole = fates.whole(told)
    if Outcome.SENT in told or Outcome.UNKNOWN in told:
        assert whole in {Outcome.SENT, Outcome.UNKNOWN}
    certainly_not = sum(each in {Outcome.REFUSED, Outcome.SKIPPED} for each in attempts)
    assert fates.may_be_double(attempts) is (len(attempts) - certainly_not >= 2)


@given(st.lists(st.booleans(), max_size=40), st.integers(0, 2000))
def test_more_than_one_orphan_in_a_hundred_of_the_last_thousand_is_an_alarm(heard, found):
    last = b""
    for orphan in [*heard, *([False] * found)]:
        last = fates.hear(last, orphan=orphan)
    kept = (heard + [False] * found)[-fates.ORPHANS_OF :]
    assert fates.too_many_orphans(last) is (sum(kept) > fates.ORPHANS_OF // 100)
