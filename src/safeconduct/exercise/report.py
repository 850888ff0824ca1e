"""Tells the terminal how the play goes, and writes it down with its evidence."""

import json
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from safeconduct import clock
from safeconduct.exercise.story import Story


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an outside check found. `evidence` holds counts, hashes and refs, never a number or text."""

    held: bool
    found: str
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class _Step:
    number: int
    name: str
    began: str = ""
    ended: str = ""
    began_world: str = ""
    ended_world: str = ""
    acts: int = 0
    held: bool = True
    evidence: list[dict[str, Any]] = field(default_factory=list)


class Report:
    """Steps with times and outside evidence; one line per act on the terminal."""

    def __init__(self, story: Story, world: dict[str, Any]) -> None:
        self._story = story
        self._world = world
        self._steps = [_Step(n, name) for n, name in enumerate(story.steps, start=1)]
        self._at = 0
        self._began = time.monotonic()
        self.acts_done = 0
        self.trouble = ""
        self.memory: dict[str, Any] = {}
        self.cpu: dict[str, Any] = {}
        self.kills: list[tuple[int, str]] = []
        self.gaps: list[str] = []

    def says(self, line: str) -> None:
        """Print one line at once."""
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    def begins(self, number: int, does: str) -> None:
        """Note that an act begins; a new step gets a heading."""
        step = self._steps[number - 1]
        wall, world = clock.wall().isoformat(), clock.now().isoformat()
        if number != self._at:
            if self._at:
                self._steps[self._at - 1].ended = wall
                self._steps[self._at - 1].ended_world = world
            self._at = number
            self.says(f"\n{number}/{len(self._steps)}  {step.name}   world {world[:16]}Z")
        step.began, step.began_world = step.began or wall, step.began_world or world
        step.ended, step.ended_world = wall, world
        step.acts += 1
        self.acts_done += 1
        self.says(f"   {time.monotonic() - self._began:6.1f} s  {does}")

    def judged(self, number: int, why: str, verdict: Verdict) -> None:
        """Put an outside check under its step."""
        step = self._steps[number - 1]
        step.held = step.held and verdict.held
        step.evidence.append({"expectation": why, **asdict(verdict)})
        mark = "held" if verdict.held else "NOT HELD"
        self.says(f"   {mark}: {why}: {verdict.found}")

    def stuck(self, number: int, does: str, why: str) -> None:
        """Note that the play could not go on."""
        self._steps[number - 1].held = False
        self.trouble = f"{does}: {why}"
        self.says(f"   STUCK at: {self.trouble}")

    def ends(self) -> bool:
        """Return whether everything held, and say so."""
        held = not self.trouble and all(step.held and step.acts for step in self._steps)
        checks = sum(len(step.evidence) for step in self._steps)
        said = "every expectation held" if held else "not everything held"
        self.says(
            f"\n{said}: {len(self._steps)} steps, {self.acts_done} acts, {checks} outside checks"
        )
        return held

    def costs(self, memory: dict[str, Any], cpu: dict[str, Any]) -> None:
        """Note what the product's processes took of the machine (exercise/costs.py), and say it."""
        self.memory, self.cpu = memory, cpu
        told = f"{cpu['sum_s']} s of CPU, {memory['sum_of_pss_mb']} MB at the fullest moment"
        self.says(f"the product's own processes took {told}")

    def write(self, *, began: datetime) -> None:
        """Write the report to the file the world names, if it names one."""
        if not self._world.get("report"):
            return
        told = {
            "exercise": self._story.key,
            "title": self._story.title,
            "began": began.isoformat(),
            "seconds": round(time.monotonic() - self._began, 1),
            "speed": self._world["speed"],
            "held": not self.trouble and all(s.held and s.acts for s in self._steps),
            "trouble": self.trouble,
            "memory": self.memory,
            "cpu": self.cpu,
            "kills": {
                "asked": self._world["kills"],
                "seed": self._world["seed"],
                "done": self.kills,
                "gaps": self.gaps,
            },
            "steps": [asdict(step) for step in self._steps],
        }
        Path(self._world["report"]).write_text(json.dumps(told, indent=1, ensure_ascii=False))
