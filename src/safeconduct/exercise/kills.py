"""Kills the product's processes on the way, seeded, as a war would: SIGKILL, no warning.

The pid files of the data folder's `run` say who is who; the supervisor is never killed.
"""

import os
import random
import signal
from dataclasses import dataclass, field
from pathlib import Path

VICTIMS = ("gateway-smpp", "worker", "keeper", "web")
GAPS = {"commit-answer": (5, 40), "claim-write": (50, 600), "write-result": (50, 600)}


def wish_for_gaps(seed: int) -> str:
    """Return where the carrier's gateway is to die by itself, once in each gap that no outside hits.

    The form is that of SAFECONDUCT_KILL_AT; the nth time is drawn from `seed`.
    """
    dice = random.Random(seed)
    return ",".join(f"{gap}:{dice.randint(*times)}" for gap, times in GAPS.items())


def gaps_hit(folder: Path) -> list[str]:
    """Return the gaps in which the gateway did die."""
    marks = (folder / "gateways").glob("*/spool/killed-*")
    return sorted(mark.name.removeprefix("killed-") for mark in marks)


@dataclass(slots=True)
class Kills:
    """A plan of `count` kills spread over the acts of a story, drawn once from `seed`."""

    folder: Path
    count: int
    seed: int
    acts: int
    done: list[tuple[int, str]] = field(default_factory=list)
    _plan: dict[int, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        dice = random.Random(self.seed)
        for number in range(self.count):
            victim = VICTIMS[number % len(VICTIMS)]
            self._plan.setdefault(dice.randrange(3, max(4, self.acts)), []).append(victim)

    def perhaps(self, act: int) -> None:
        """Kill whoever is due before act number `act`."""
        for victim in self._plan.pop(act, []):
            self._kill(act, victim)

    def _kill(self, act: int, victim: str) -> None:
        path = self.folder / "run" / f"{victim}.pid"
        try:
            os.kill(int(path.read_text()), signal.SIGKILL)
        except (OSError, ValueError):
            self._plan.setdefault(act + 1, []).append(victim)  # between two lives: a little later
            return
        self.done.append((act, victim))
