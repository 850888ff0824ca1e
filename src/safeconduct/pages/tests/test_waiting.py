"""How people wait: by lot, in turn, and no longer or shorter for what was found."""

import asyncio

import pytest

from safeconduct.pages import waiting
from safeconduct.pages.waiting import Busy, Kept, Lane, released


def test_one_is_served_at_a_time_and_all_of_them_in_the_end():
    async def play():
        lane, inside, served = Lane(), [], []

        async def one(n):
            async with lane.turn():
                inside.append(n)
                assert len(inside) == 1
                await asyncio.sleep(0)
                inside.remove(n)
                served.append(n)

        await asyncio.gather(*(one(n) for n in range(40)))
        return served

    served = asyncio.run(play())
    assert sorted(served) == list(range(40))
    assert served != sorted(
        served
    )  # by lot: whoever queues often gains nothing by having come first


def test_too_many_and_the_lot_says_who_comes_again_not_only_the_last():
    async def play():
        lane = Lane()
        gate = asyncio.Event()

        async def one():
            async with lane.turn():
                await gate.wait()

        tasks = [asyncio.ensure_future(one()) for _ in range(3 * waiting.MOST_WAITING)]
        await asyncio.sleep(0)
        gate.set()
        return await asyncio.gather(*tasks, return_exceptions=True)

    told = asyncio.run(play())
    away = [n for n, each in enumerate(told) if isinstance(each, Busy)]
    assert len(told) - len(away) == waiting.MOST_WAITING + 1
    assert min(away) < 2 * waiting.MOST_WAITING
    assert max(n for n, each in enumerate(told) if each is None) >= 2 * waiting.MOST_WAITING


def test_whoever_goes_while_he_waits_or_as_his_turn_comes_holds_nobody_up():
    async def play():
        lane = Lane()

        async def one():
            async with lane.turn():
                return True

        async with lane.turn():
            goes, stays = (asyncio.ensure_future(one()) for _ in range(2))
            await asyncio.sleep(0)
            goes.cancel()
            await asyncio.sleep(0)
        assert await stays
        async with lane.turn():
            late = asyncio.ensure_future(one())
            await asyncio.sleep(0)
        late.cancel()  # his turn has just been given to him
        await asyncio.gather(late, return_exceptions=True)
        return await one()

    assert asyncio.run(play())


class Still(asyncio.SelectorEventLoop):
    """A loop whose clock moves only while all that runs in it sleeps."""

    def __init__(self):
        super().__init__()
        self._now = 0.0
        selects = self._selector.select

        def select(timeout):
            self._now += timeout or 0.0
            return selects(0)

        self._selector.select = select

    def time(self):
        return self._now


def test_an_answer_leaves_at_a_full_step_whatever_the_work_took_or_raised():
    def steps(work_s, *, fails=False):
        with asyncio.Runner(loop_factory=Still) as runner:
            return runner.run(play(work_s, fails=fails))

    async def play(work_s, *, fails):
        async def work():
            await asyncio.sleep(work_s)
            if fails:
                raise Busy

        loop = asyncio.get_running_loop()
        start = loop.time()
        if fails:
            with pytest.raises(Busy):
                await released(work(), step_s=0.2)
        else:
            await released(work(), step_s=0.2)
        return (loop.time() - start) / 0.2

    assert steps(0.0) == pytest.approx(1)
    assert steps(0.1) == pytest.approx(1)
    assert steps(0.1, fails=True) == pytest.approx(1)
    assert steps(0.25) == pytest.approx(2)


def test_what_is_kept_goes_after_its_time_and_the_oldest_when_there_is_too_much(monkeypatch):
    kept: Kept[str] = Kept()
    token = kept.put("here", lasts_s=60)
    assert kept.get(token) == "here"
    kept.shorten(token, lasts_s=-1)
    assert kept.get(token) is None
    monkeypatch.setattr(waiting, "MOST_KEPT", 2)
    first, *rest = [kept.put(str(n), lasts_s=60) for n in range(3)]
    assert kept.get(first) is None
    assert all(kept.get(each) for each in rest)
