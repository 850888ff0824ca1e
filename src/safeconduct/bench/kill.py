"""A kill test over real sockets: one house, one carrier, and SIGKILL in every round.

Keeper, console, worker, link and gateway run as in life, before a simulated carrier in a process
of its own, whose log and debts are on disk. In each round people write, an operator answers, a
campaign goes on, and one process dies: the gateway from outside or in one of its gaps, the worker,
the keeper or the carrier. The next round begins once it lives again and the carrier is owed nothing.
At the end the carrier's own log is held against the operator's pages (exercise/tally.py).

`python -m safeconduct.bench.kill --seed N` plays the one round of a seed again.
"""

import argparse
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from datetime import time as at_time
from itertools import count
from pathlib import Path

from safeconduct import clock
from safeconduct.bench import house, runner
from safeconduct.bench.desk import Desk
from safeconduct.bench.figure import Figure
from safeconduct.command import edges, folder, up
from safeconduct.command.supervise import tied_to
from safeconduct.exercise import rounds, wire
from safeconduct.exercise.debts import Debts
from safeconduct.exercise.kills import GAPS, living, strike
from safeconduct.exercise.rounds import CARRIER, PEOPLE, Round
from safeconduct.exercise.smsc import ACCOUNTS, DEBTS, RECORD, from_phone
from safeconduct.exercise.tally import Tally, judge
from safeconduct.programme import load
from safeconduct.smpp.segments import messages
from safeconduct.spool.edge import KILL_AT

FULL, QUICK, FIRST = 200, 20, 1000  # rounds, and the seed of the first
MORNING = at_time(9, tzinfo=UTC)  # of tomorrow, for world time never runs backwards; within hours
A_CAMPAIGN_EVERY = 100  # rounds
PATIENCE_S = 90.0
LOOK_S = 3.0  # between two judgements: each opens every page
AT_ONCE_S = (0.1,)  # before a part is begun again: the growing patience is for what dies by itself
ACCOUNT = next(iter(ACCOUNTS))


class Stuck(RuntimeError):
    """A round did not end; the message names its seed."""


@dataclass(slots=True)
class Outcome:
    """What a run found."""

    rounds: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    tally: Tally = field(default_factory=Tally)


class Carrier:
    """The carrier's process, begun again whenever it is found dead. One thread."""

    def __init__(self, place: Path, port: int) -> None:
        self._place, self._port = place, port
        (place / "run").mkdir(parents=True)
        self._begin()

    def _begin(self) -> None:
        words = ["-m", "safeconduct.exercise.smsc", "--folder", str(self._place)]
        self._process = subprocess.Popen(  # noqa: S603  our own
            [sys.executable, *words, "--port", str(self._port)],
            preexec_fn=tied_to(os.getpid()),  # noqa: PLW1509  the one thread that forks
        )
        (self._place / "run" / f"{CARRIER}.pid").write_text(str(self._process.pid))

    def tend(self) -> None:
        """Begin another when this one has died."""
        if self._process.poll() is not None:
            self._begin()

    def end(self) -> None:
        """End it for good."""
        self._process.kill()
        self._process.wait()


class Phones:
    """The telephones: what each said, and the parts in which it goes to the carrier."""

    def __init__(self, debts: Debts) -> None:
        self._debts, self._references = debts, {number: count(1) for number in PEOPLE}
        self._sender = load.current().sender
        self.said: dict[str, list[str]] = {number: [] for number in PEOPLE}

    def say(self, number: str, text: str) -> None:
        """Send a text; the carrier owes it from here on, dead or alive."""
        draft = from_phone(number, self._sender)
        reference = next(self._references[number]) % 256
        self._debts.owe(ACCOUNT, messages(draft, text, reference=reference))
        self.said[number].append(text)

    def owed(self) -> int:
        """Return how many messages the carrier has still to deliver."""
        return self._debts.count(ACCOUNT)


class Play:
    """The rounds, played in a thread beside the one that tends the processes."""

    def __init__(self, data: Path, place: Path, desk: Desk, phones: Phones) -> None:
        self._data, self._place, self._desk, self._phones = data, place, desk, phones
        self._spool = data / "gateways" / "smpp" / "spool"
        self.outcome = Outcome()

    def go(self, seeds: Sequence[int]) -> Outcome:
        """Play the rounds of these seeds and judge them all."""
        hellos = {number: f"Добрый день, это номер {number[-4:]}." for number in PEOPLE}
        for number, hello in hellos.items():
            self._phones.say(number, hello)
        self._desk.take(hellos)
        for at, seed in enumerate(seeds):
            if at % A_CAMPAIGN_EVERY == 0:
                self._desk.begin_campaign(at // A_CAMPAIGN_EVERY)
            began = time.monotonic()
            self._play(rounds.draw(seed))
            took = time.monotonic() - began
            sys.stderr.write(f"\r  {at + 1} of {len(seeds)} rounds, seed {seed}, {took:.1f} s  ")
        sys.stderr.write("\n")
        self.outcome.tally = self._judged()
        return self.outcome

    def _play(self, one: Round) -> None:
        home = self._place if one.victim == CARRIER else self._data
        before = living(home, one.victim)
        killer = threading.Timer(one.after_s, strike, (home, one.victim))
        if one.gap:
            self._arm(one)
        else:
            killer.start()
        for number, text in one.said:
            self._phones.say(number, text)
        for number, text in one.answered:
            self._desk.answer(number, text)
        if not one.gap:
            killer.join()
        self._until(
            lambda: living(home, one.victim) not in {0, before},
            f"{one.victim} {one.gap} does not die and live again",
            one.seed,
        )
        self._until(lambda: not self._phones.owed(), "the carrier is owed an answer", one.seed)
        self.outcome.rounds += 1
        self.outcome.kills[f"{one.victim} {one.gap}".strip()] += 1

    def _arm(self, one: Round) -> None:
        """Have the gateway die in a gap, the nth time it is reached from here on (spool/edge.py)."""
        (self._spool / f"reached-{one.gap}").write_text(str(1 - one.nth))
        (self._spool / f"killed-{one.gap}").unlink()

    @staticmethod
    def _until(told: Callable[[], bool], what: str, seed: int) -> None:
        until = time.monotonic() + PATIENCE_S
        while not told():
            if time.monotonic() > until:
                raise Stuck(f"seed {seed}: {what} after {PATIENCE_S:.0f} s")
            time.sleep(0.03)

    def _judged(self) -> Tally:
        """Judge, once everything that was under way has come to its end, or patience is over."""
        until = time.monotonic() + PATIENCE_S
        while True:
            tally = judge(
                wire.carrier(self._place / RECORD),
                said=self._phones.said,
                pages=self._desk.pages(PEOPLE),
                campaigns=self._desk.campaigns(),
            )
            if not tally.amiss or time.monotonic() > until:
                return tally
            time.sleep(LOOK_S)


def run(seeds: Sequence[int]) -> Outcome:
    """Play the rounds of these seeds, one after another, in one house.

    Raises:
        Stuck: a round did not end.
    """
    with house.exercise() as here:
        morning = datetime.combine(clock.wall().date() + timedelta(days=1), MORNING)
        clock.move(here.folder, world=morning, speed=1.0)
        outside = edges.prepare(here.folder, folder.free_port, names=("smpp",))
        os.environ[KILL_AT] = ",".join(f"{gap}:1" for gap in GAPS)
        spool = here.folder / "gateways" / "smpp" / "spool"
        spool.mkdir(mode=0o700)
        for gap in GAPS:
            (spool / f"killed-{gap}").touch()  # none is armed before its round
        place = here.folder.with_name("world")
        with (
            _carrier(place, int(str(outside["carrier"]))) as carrier,
            up.running(here, patience_s=AT_ONCE_S) as (parts, link),
        ):

            def play() -> Outcome:
                phones = Phones(Debts(place / DEBTS))
                desk = Desk(here.origin, link, place)
                return Play(here.folder, place, desk, phones).go(seeds)

            with ThreadPoolExecutor(1) as pool:
                playing = pool.submit(play)
                while not playing.done():
                    parts.tend()
                    carrier.tend()
                    time.sleep(0.05)
            return playing.result()


@contextmanager
def _carrier(place: Path, port: int) -> Iterator[Carrier]:
    carrier = Carrier(place, port)
    try:
        yield carrier
    finally:
        carrier.end()


def measure(*, quick: bool) -> Iterable[Figure]:
    """Yield the figures of `QUICK` or `FULL` rounds; the seeds of what went wrong go to stderr."""
    return figures(run(range(FIRST, FIRST + (QUICK if quick else FULL))))


def figures(found: Outcome) -> Iterator[Figure]:
    """Yield what was found; where there is a limit, as a ratio."""
    tally = found.tally
    for each in tally.amiss:
        sys.stderr.write(f"  {each}\n")
    kills = ", ".join(f"{victim} {times}" for victim, times in sorted(found.kills.items()))
    total = sum(found.kills.values())
    yield _figure("rounds, each with one kill", found.rounds, kills, of=total, target="== 1")
    turns = {f"{victim} {gap}".strip() for victim, gap in rounds.TURNS}
    if found.rounds >= len(rounds.TURNS):
        hit = len(found.kills)
        yield _figure("processes and gaps hit", hit, "all there are", of=len(turns), target="== 1")
    whole, out = tally.texts_in, tally.texts_out
    inbound, outbound = f"{whole} texts in, acknowledged", f"{out} texts out, taken by the carrier"
    yield _figure("lost", tally.lost, inbound, of=whole)
    yield _figure("merged", tally.merged, inbound, of=whole)
    yield _figure("doubled, untold", tally.untold, f"{whole} in, {out} out", of=whole + out)
    yield _figure("said to be sent, never taken", tally.untrue, outbound, of=out)
    yield _figure("unaccounted", tally.unaccounted, outbound, of=out)
    doubled = tally.doubled_in + tally.doubled_out - tally.untold
    told = f"{found.rounds} kills; {tally.doubled_in} in, {tally.doubled_out} out"
    yield _figure("doubled, and told", doubled, told, of=found.rounds, target="<= 10")
    yield _figure("UNKNOWN", tally.unknown, outbound, of=out, target="<= 1")


def _figure(metric: str, value: int, against: str, *, of: int, target: str = "== 0") -> Figure:
    return Figure("kill", metric, value, "times", against, value / of if of else None, target)


def main() -> int:
    """Play one round again, or so many from a seed on."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=FIRST)
    parser.add_argument("--rounds", type=int, default=1)
    told = parser.parse_args()
    found = list(figures(run(range(told.seed, told.seed + told.rounds))))
    print(runner.table(found))
    return 0 if all(figure.met for figure in found) else 1


if __name__ == "__main__":
    raise SystemExit(main())
