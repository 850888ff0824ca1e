import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct import sealing
from safeconduct.spool.carried import Chain, Foreign, Gap, Opener, Replay, Sealer
from safeconduct.spool.form import MOST, CarriedRefused, Mark, read
from safeconduct.spool.lanes import TRIES, WAITS, Receiving, Sending
from safeconduct.spool.link import Landing
from safeconduct.spool.queue import Queue


@pytest.fixture
def keys():
    private, public = sealing.new_box_keys()
    sign, verify = sealing.new_sign_keys()
    return {"private": private, "public": public, "sign": sign, "verify": verify}


def sealer(keys, sender="gw"):
    return Sealer(sender, to=keys["public"], sign=keys["sign"], direction="in")


@pytest.fixture
def sending(tmp_path, keys):
    return Sending(Queue(tmp_path / "out.db"), sealer(keys))


@pytest.fixture
def receiving(tmp_path, keys):
    chain = Chain({"gw": keys["verify"]}, direction="in")
    opener = Opener(keys["private"], direction="in")
    return Receiving(Queue(tmp_path / "in.db"), chain=chain, opener=opener)


def carry(sending, receiving):
    """Let it all land as the link does; return the carried forms."""
    raws = [row.body for row in sending.queue.take(limit=1000)]
    Landing(receiving.queue, sender="gw", chain=receiving._chain).land(raws)
    return raws


def alone(raws):
    """Each thing of these carried forms in a form of its own."""
    return [form.alone(n) for form in map(read, raws) for n in range(len(form.things))]


def test_what_was_put_arrives_once_in_order_and_leaves_no_bytes(sending, receiving, tmp_path):
    assert sending.put_many([("a", b"one"), ("b", b"two"), ("a", b"again")]) == 2
    carry(sending, receiving)
    first, second = receiving.take()
    assert [(first.key, first.content), (second.key, second.content)] == [
        ("a", b"one"),
        ("b", b"two"),
    ]
    receiving.done(first)
    assert [a.content for a in receiving.take()] == [b"two"]
    receiving.done(second)
    assert receiving.take() == []
    assert receiving.queue.waiting() == 0


def test_no_word_lies_readable_on_the_disk_of_either_end(sending, receiving, tmp_path):
    sending.put("a", b"the bridge at dawn")
    carry(sending, receiving)
    for path in tmp_path.iterdir():
        assert b"bridge" not in path.read_bytes()


def test_two_processes_may_send_into_one_queue(tmp_path, keys, receiving):
    one = Sending(Queue(tmp_path / "out.db"), sealer(keys))
    two = Sending(Queue(tmp_path / "out.db"), sealer(keys))
    for n in range(6):
        (one, two)[n % 2].put(str(n), b"%d" % n)
    carry(one, receiving)
    assert [a.content for a in receiving.take()] == [b"0", b"1", b"2", b"3", b"4", b"5"]
    assert receiving.queue.set_asides() == 0


def test_a_gap_a_replay_a_stranger_and_a_changed_byte_are_refused(sending, keys):
    for n in range(3):
        sending.put(str(n), b"x")
    raws = [item.body for item in sending.queue.take()]
    chain = Chain({"gw": keys["verify"]}, direction="in")
    chain.check(raws[0], mark=Mark())
    with pytest.raises(Gap):
        chain.check(raws[2], mark=read(raws[0]).after)
    with pytest.raises(Replay):
        chain.check(raws[0], mark=read(raws[1]).after)
    with pytest.raises(Foreign):
        Chain({"other": keys["verify"]}, direction="in").check(raws[0], mark=Mark())
    with pytest.raises(Foreign):
        Chain({"gw": keys["verify"]}, direction="out").check(raws[0], mark=Mark())
    for at in range(3, len(raws[0]), 97):
        changed = raws[0][:at] + bytes([raws[0][at] ^ 1]) + raws[0][at + 1 :]
        with pytest.raises((Foreign, ValueError)):
            chain.check(changed, mark=Mark())


@settings(max_examples=25)
@given(st.lists(st.binary(max_size=40), min_size=1, max_size=40), st.data())
def test_of_things_under_one_signature_each_is_judged_alone_and_none_takes_anothers_proof(
    contents, data
):
    private, public = sealing.new_box_keys()
    sign, verify = sealing.new_sign_keys()
    things = [(str(n), content) for n, content in enumerate(contents)]
    whole, mark = Sealer("gw", to=public, sign=sign, direction="in").seal_together(
        things, mark=Mark(7, b"7" * 32)
    )
    raws, chain = alone([whole]), Chain({"gw": verify}, direction="in")
    opener = Opener(private, direction="in")
    form = chain.check(whole, mark=Mark(7, b"7" * 32))
    assert [opener.open(sealed) for sealed in form.each()] == contents
    n = data.draw(st.integers(0, len(raws) - 1))
    one = chain.check(raws[n], mark=form.mark(n - 1) if n else Mark(7, b"7" * 32))
    assert (opener.open(one.sealed(0)), one.after) == (contents[n], form.mark(n))
    assert (one.alone(0), form.after) == (raws[n], mark)
    for other in map(read, {*raws} - {raws[n]}):
        moved = replace(one, way=other.way)
        if other.way != one.way:
            with pytest.raises(Foreign):
                Chain({"gw": verify}, direction="in").check_sender(moved.alone(0))
        moved = replace(one, things=other.things)
        with pytest.raises(Foreign):
            Chain({"gw": verify}, direction="in").check_sender(moved.alone(0))
    with pytest.raises(Foreign):
        Chain({"gw": sealing.new_sign_keys()[1]}, direction="in").check_sender(raws[n])


def test_more_things_than_a_form_holds_travel_in_several_and_cut_ones_are_refused(
    sending, receiving
):
    count = 2 * MOST + 3
    assert sending.put_many((str(n), b"%d" % n) for n in range(count)) == count
    raws = carry(sending, receiving)
    assert [len(read(raw).things) for raw in raws] == [MOST, MOST, 3]
    seen = [one.content for one in receiving.ahead()]
    taken = []
    while arrived := receiving.take(limit=100):
        assert len(arrived) <= 100
        taken += [one.content for one in arrived]
        receiving.done(arrived[-1])
    assert seen == taken == [b"%d" % n for n in range(count)]
    assert (receiving.queue.waiting(), receiving.queue.set_asides()) == (0, 0)
    for cut in range(len(raws[2])):
        with pytest.raises(CarriedRefused):
            read(raws[2][:cut])
    with pytest.raises(CarriedRefused):
        read(raws[2] + b"\0")


def test_one_of_many_that_fails_lies_aside_alone_and_as_it_was_sealed(sending, receiving):
    sending.put_many((str(n), bytes(500)) for n in range(100))
    [raw] = carry(sending, receiving)
    receiving.done(receiving.take(limit=40)[-1])
    one, *_others = receiving.take(limit=1)
    receiving.let_wait(one)
    assert (one.key, receiving.take(limit=1)[0].key) == ("40", "41")
    assert receiving.again(one.row) == one
    aside = receiving.queue.aside(one.row)
    assert (aside.key, aside.body) == ("gw/41", alone([raw])[40])
    assert len(aside.body) < 3_000 < len(raw)


def test_a_signature_that_was_looked_at_counts_for_no_sender_whose_key_is_another_now(keys):
    things = [("a", b"x"), ("b", b"y")]
    first, second = alone([sealer(keys).seal_together(things, mark=Mark())[0]])
    senders = {"gw": keys["verify"]}
    chain = Chain(senders, direction="in")
    chain.check_sender(first)
    senders["gw"] = sealing.new_sign_keys()[1]
    with pytest.raises(Foreign):
        chain.check_sender(second)


def test_a_second_history_of_the_same_sender_is_a_gap_even_with_the_right_number(keys):
    chain = Chain({"gw": keys["verify"]}, direction="in")
    first = sealer(keys).seal("a", b"x", mark=Mark())
    other = sealer(keys).seal("a", b"y", mark=Mark())
    ours, theirs = read(first).after, read(other).after
    chain.check(sealer(keys).seal("b", b"z", mark=ours), mark=ours)
    with pytest.raises(Gap):
        chain.check(sealer(keys).seal("b", b"z", mark=theirs), mark=ours)


def test_a_row_touched_on_disk_is_set_aside_and_the_next_is_still_read(sending, receiving):
    for n in range(3):
        sending.put(str(n), b"%d" % n)
    rows = sending.queue.take()
    spoiled = rows[1].body[:-1] + bytes([rows[1].body[-1] ^ 1])
    receiving.queue.put_many([("gw/1", rows[0].body), ("gw/2", spoiled), ("gw/3", rows[2].body)])
    arrived = receiving.take()
    assert [a.content for a in arrived] == [b"0", b"2"]
    assert receiving.queue.set_asides() == 2  # the row, and the alarm about the gap it leaves
    receiving.done(arrived[-1])
    sending.put("3", b"3")
    receiving.queue.put("gw/4", sending.queue.take()[-1].body)
    assert [a.content for a in receiving.take()] == [b"3"]


def test_behind_forms_that_are_gone_from_the_disk_the_next_is_still_read(sending, receiving):
    sending.put_many((str(n), b"x") for n in range(2 * MOST + 1))
    carry(sending, receiving)
    with receiving.queue.change() as change:
        change._db.execute("UPDATE item SET body = x'' WHERE id <= ?", (2 * MOST,))
    assert [one.key for one in receiving.ahead()] == [f"{2 * MOST}"]
    [last] = receiving.take()
    assert (last.content, receiving.queue.kinds_aside()) == (b"x", {"Gap": 1})


def test_of_a_form_that_is_believed_no_more_only_what_was_not_taken_in_is_set_aside(
    sending, receiving, keys
):
    sending.put_many((str(n), b"%d" % n) for n in range(3))
    carry(sending, receiving)
    receiving.done(receiving.take(limit=2)[-1])
    struck_out = Receiving(
        Queue(receiving.queue.path),
        chain=Chain({}, direction="in"),
        opener=Opener(keys["private"], direction="in"),
    )
    assert struck_out.take() == []
    assert struck_out.queue.asides() == [3]


def test_what_is_let_wait_leaves_the_alarm_about_a_gap_where_it_is(sending, receiving):
    for n in range(3):
        sending.put(str(n), b"%d" % n)
    rows = sending.queue.take()
    receiving.queue.put_many([("gw/1", rows[0].body), ("gw/3", rows[2].body)])
    for each in receiving.take():
        receiving.let_wait(each)
    assert receiving.queue.kinds_aside() == {WAITS: 1, "Gap": 1}
    assert receiving.queue.waiting() == 0


def test_a_lane_of_unreadable_rows_alone_does_not_stand_still(sending, tmp_path, keys):
    sending.put("a", b"x")
    other, _ = sealing.new_box_keys()
    chain = Chain({"gw": keys["verify"]}, direction="in")
    wrong = Receiving(Queue(tmp_path / "in.db"), chain=chain, opener=Opener(other, direction="in"))
    carry(sending, wrong)
    assert wrong.take() == []
    assert (wrong.queue.waiting(), wrong.queue.set_asides()) == (0, 1)


def wraps(raws):
    """The wrapped key that each carried form brings along."""
    return [read(raw).wrap for raw in raws]


def test_one_encapsulation_serves_a_batch_for_ten_seconds_and_no_longer(
    sending, receiving, monkeypatch
):
    at = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: at[0])
    for n in range(60):
        at[0] = 1000.0 + n / 3
        sending.put(str(n), b"%d" % n)
    found = wraps(carry(sending, receiving))
    assert [found.index(wrap) for wrap in found] == [n // 30 * 30 for n in range(60)]
    assert len(found[0]) == 16 + 1088 + 32 + 32 + 16  # batch, ML-KEM-768 and X25519, key and tag
    assert [a.content for a in receiving.take(limit=60)] == [b"%d" % n for n in range(60)]


def test_a_receiver_that_lost_its_memory_opens_the_middle_of_a_batch(sending, receiving, keys):
    for n in range(4):
        sending.put(str(n), b"%d" % n)
    carry(sending, receiving)
    receiving.done(receiving.take()[1])
    fresh = Receiving(
        Queue(receiving.queue.path),
        chain=Chain({"gw": keys["verify"]}, direction="in"),
        opener=Opener(keys["private"], direction="in"),
    )
    assert [a.content for a in fresh.take()] == [b"2", b"3"]


def test_what_fails_again_and_again_is_set_aside_and_comes_back_when_it_is_asked_for(
    sending, receiving, keys
):
    sending.put_many([("a", b"the bridge at dawn"), ("b", b"next")])
    carry(sending, receiving)
    for _ in range(TRIES - 1):
        assert not receiving.failed(receiving.take()[0], why="ValueError")
        fresh = Receiving(  # the process dies of it, and the count goes on
            Queue(receiving.queue.path),
            chain=Chain({"gw": keys["verify"]}, direction="in"),
            opener=Opener(keys["private"], direction="in"),
        )
        receiving.queue.close()
        receiving = fresh
    assert receiving.queue.asides() == []
    first = receiving.take()[0]
    assert receiving.failed(first, why="ValueError")
    assert receiving.queue.asides() == [first.row]
    assert [each.content for each in receiving.take()] == [b"next"]
    assert receiving.again(first.row) == first
    receiving.forget(first.row)
    assert receiving.again(first.row) is None
    assert receiving.queue.set_asides() == 0


def test_looking_ahead_sees_each_thing_once_and_takes_nothing_from_the_lane(sending, receiving):
    sending.put_many((str(n), b"%d" % n) for n in range(3))
    carry(sending, receiving)
    seen = receiving.ahead()
    assert next(seen).content == b"0"
    with pytest.raises(KeyError):
        seen.throw(KeyError)  # whoever took the first one in has failed, and looks anew
    assert [a.content for a in receiving.ahead()] == [b"0", b"1", b"2"]
    assert list(receiving.ahead()) == []
    arrived = receiving.take()
    assert [a.content for a in arrived] == [b"0", b"1", b"2"]
    receiving.done(arrived[-1])
    sending.put("3", b"3")
    receiving.queue.put("gw/4", sending.queue.take()[-1].body)
    assert [a.content for a in receiving.ahead()] == [b"3"]


def test_ahead_nothing_is_believed_that_the_lane_would_not_believe_and_its_alarm_still_comes(
    sending, receiving
):
    sending.put_many((str(n), b"%d" % n) for n in range(4))
    raws = alone(row.body for row in sending.queue.take())
    spoiled = raws[1][:-1] + bytes([raws[1][-1] ^ 1])
    raws = (raws[0], spoiled, raws[2], raws[0], raws[3])
    receiving.queue.put_many((f"gw/{n}", raw) for n, raw in enumerate(raws))
    assert [a.content for a in receiving.ahead()] == [b"0", b"2", b"3"]  # no replay of the first
    assert receiving.queue.set_asides() == 0
    assert [a.content for a in receiving.take()] == [b"0", b"2", b"3"]
    assert receiving.queue.set_asides() == 3  # the changed one, the gap it leaves, the replay
