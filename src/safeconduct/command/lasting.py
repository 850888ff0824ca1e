"""After a restore, inside the core's tables: what the register tells is done again. Imports Django."""

from collections.abc import Iterable, Sequence

from django.db import connections, transaction

from safeconduct import clock
from safeconduct.access.rules import WorkerId
from safeconduct.audit import actions as audit
from safeconduct.audit import queries, rules
from safeconduct.audit.register import Line
from safeconduct.cases import actions as cases
from safeconduct.cases import queries as cases_of
from safeconduct.post import actions as post
from safeconduct.post import queries as handles

RESTORE = WorkerId("SYS:restore", "")


def erased(lines: Iterable[Line]) -> set[str]:
    """Return the compartments that were erased."""
    return {line.told["compartment"] for line in lines if line.kind == "erased"}


def sealed_numbers() -> list[dict[str, str]]:
    """Return the sealed numbers of these tables; see `post.queries`."""
    return handles.sealed_numbers()


def known() -> set[str]:
    """Return the compartments of people whom these tables know."""
    return handles.compartments() | cases_of.compartments()


@transaction.atomic
def do_again(lines: Sequence[Line], *, gone: Iterable[str]) -> dict[str, int]:
    """Enter the register's lines that these tables lack, and do what they tell; all or nothing.

    Args:
        lines: the longest register that is known.
        gone: compartments that the keeper destroyed, perhaps without a line.

    Returns:
        How many of each: "erased", "optout", "burned", and "unsent", texts that waited.
    """
    now, root = clock.now(), queries.head().root
    audit.record(RESTORE.ref, "core.restored", ref="core", now=now, digest=root)
    done = {"erased": 0, "optout": 0, "burned": 0}
    known = queries.lasting_size()
    for line in lines[known:]:
        audit.bring_back(line)
        at = rules.instant(line.at_us)
        if line.kind == "optout":
            post.bring_opt_out_back(bytes.fromhex(line.told["index"]), at=at)
        elif line.kind != "erased":
            cases.bring_burned_back(line.told, at=at)
        if line.kind in {"optout", "burned"}:
            done[line.kind] += 1
    for compartment in sorted(erased(lines) | set(gone)):
        done["erased"] += cases.erase_again(compartment, now=now)
    unsent = post.leave_unsent(RESTORE, now=now, wall=clock.wall())
    transaction.on_commit(audit.write_register)
    return {**done, "unsent": unsent}


def somebody(erased: set[str]) -> str:
    """Return the compartment of the last person to write who was not erased, "" if there is none."""
    return next((ref for ref in handles.newest_compartments() if ref not in erased), "")


def traces(erased: set[str]) -> set[str]:
    """Return the erased compartments in which a number lies, or a case that has not ended."""
    return erased & (handles.compartments() | cases_of.living_compartments())


def stops_missing(lines: Iterable[Line]) -> list[str]:
    """Return the marks of numbers that said stop and are not stopped here."""
    told = [line.told["index"] for line in lines if line.kind == "optout"]
    return [index for index in told if not handles.is_stopped(bytes.fromhex(index))]


def burned_missing(lines: Iterable[Line]) -> list[str]:
    """Return refs and marks of what was told or burned and may be used here."""
    kinds = {"place", "sign", "burned"}
    told = [line.told for line in lines if line.kind in kinds]
    return [each.get("ref") or each["mark"] for each in told if not cases_of.stands_burned(each)]


def close() -> None:
    """Close the tables, so that their file is whole by itself."""
    connections.close_all()
