"""Kills the product's processes on the way, seeded, as a war would: SIGKILL, no warning.

The pid files of the data folder's `run` say who is who; the supervisor is never killed. A kill
counts once: of a process that lived, and that had not been killed before.
"""

import os
import random
import signal
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from safeconduct.exercise.report import Verdict
from safeconduct.exercise.story import Story

VICTIMS = ("gateway-smpp", "worker", "keeper", "web")
GAPS = ("claim-write", "commit-answer", "write-result")
FEW = (1, 2)  # texts of ours that any exercise sends
PATIENCE_S = 60.0  # for a process that is between two lives


def wish_for_gaps(story: Story, *, seed: int) -> str:
    """Return where the carrier's gateway is to die by itself, once in each gap that no outside hits.

    The form is that of SAFECONDUCT_KILL_AT; the nth time is drawn from `seed`. Of what leaves, a
    time in the campaign where there is a crowd to write to; of what comes, a text of somebody who
    talks, after the crowd's stops: his page shows what became of it. A crowd that comes along with a
    borrowed cast and is never written to is none, and stops nothing.
    """
    dice = random.Random(seed)
    written_to = any(act.press == "outreach.start" for act in story.acts)
    crowd = written_to * sum(phone.count for phone in story.phones if phone.count > 1)
    out = (crowd // 20, crowd // 2) if crowd >= 100 else FEW  # noqa: PLR2004  a tenth is a handful
    stops = written_to * sum(len(phone.opts_out) for phone in story.phones)
    said = sum(act.repeat * max(1, len(act.each)) for act in story.acts if act.says)
    times = {
        "claim-write": dice.randint(*out),
        "commit-answer": stops + dice.randint(1, max(1, said)),
        "write-result": dice.randint(*out),
    }
    return ",".join(f"{gap}:{nth}" for gap, nth in times.items())


@dataclass(slots=True)
class Kills:
    """A plan of `count` kills spread over the acts of a story, drawn once from `seed`."""

    folder: Path
    count: int
    seed: int
    acts: int
    done: list[tuple[int, str]] = field(default_factory=list)
    _plan: dict[int, list[str]] = field(default_factory=dict)
    _dead: set[int] = field(default_factory=set)
    _gateway_at: list[datetime] = field(default_factory=list)

    def __post_init__(self) -> None:
        dice = random.Random(self.seed)
        for number in range(self.count):
            victim = VICTIMS[number % len(VICTIMS)]
            self._plan.setdefault(dice.randrange(3, max(4, self.acts)), []).append(victim)

    def perhaps(self, act: int) -> None:
        """Kill whoever is due before act number `act`; one between two lives, before a later act."""
        for victim in self._plan.pop(act, []):
            if not self._kill(act, victim):
                self._plan.setdefault(act + 1, []).append(victim)

    def finish(self) -> None:
        """Kill whoever is still due, waiting for each to live again."""
        until = time.monotonic() + PATIENCE_S
        for victim in [each for due in self._plan.values() for each in due]:
            while not self._kill(self.acts, victim) and time.monotonic() < until:
                time.sleep(0.1)
        self._plan.clear()

    def gaps(self) -> list[str]:
        """Return the gaps in which a gateway did die by itself."""
        marks = (self.folder / "gateways").glob("*/spool/killed-*")
        return sorted({mark.name.removeprefix("killed-") for mark in marks})

    def died_at(self, gap: str) -> datetime | None:
        """Return when a gateway died in a gap, by itself; None if none did."""
        marks = list((self.folder / "gateways").glob(f"*/spool/killed-{gap}"))
        return datetime.fromtimestamp(marks[0].stat().st_mtime, UTC) if marks else None

    def gateway_died(self, *, since: datetime | None = None) -> int:
        """Return how often the carrier's gateway was killed or died in a gap, since a moment, UTC."""
        in_gaps = [self.died_at(gap) for gap in self.gaps()]
        died = [*self._gateway_at, *(at for at in in_gaps if at is not None)]
        return sum(since is None or at >= since for at in died)

    def verdict(self) -> Verdict:
        """Return whether as many were killed as was asked for, and, of three and more, in each gap."""
        gaps = self.gaps()
        missed = sorted(set(GAPS) - set(gaps)) if self.count >= len(GAPS) else []
        told = {"asked": self.count, "seed": self.seed, "done": self.done, "gaps": gaps}
        found = f"{len(self.done)} of {self.count} killed, gaps missed: {missed}"
        return Verdict(len(self.done) == self.count and not missed, found, told)

    def _kill(self, act: int, victim: str) -> bool:
        pid = strike(self.folder, victim, spared=self._dead)
        if not pid:
            return False
        self._dead.add(pid)
        self.done.append((act, victim))
        if victim == VICTIMS[0]:
            self._gateway_at.append(datetime.now(UTC))
        return True


def strike(folder: Path, victim: str, *, spared: Collection[int] = ()) -> int:
    """Kill a process that lives, by its pid file in the folder's `run`; return its pid, 0 if none did.

    Args:
        folder: whose `run` says who is who.
        victim: the name of a pid file.
        spared: pids that are left alone.
    """
    pid = living(folder, victim)
    if not pid or pid in spared:
        return 0
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return 0
    return pid


def living(folder: Path, name: str) -> int:
    """Return the pid of a process that runs, 0 if none does; one that waits to be buried does not."""
    try:
        pid = int((folder / "run" / f"{name}.pid").read_text())
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (OSError, ValueError):
        return 0
    return 0 if stat.rpartition(")")[2].split()[0] in {"Z", "X"} else pid
