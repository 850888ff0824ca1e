"""The database adds entries up, refuses what goes below nothing, and lets no money be moved unseen."""

import re

from django.db import migrations

from safeconduct.refs import new_ref

SUM = (
    "COALESCE((SELECT SUM(amount) FROM pledges_entry WHERE target_id = NEW.id), 0)"
    " - COALESCE((SELECT SUM(amount) FROM pledges_entry WHERE source_id = NEW.id), 0)"
)
# Both of one version, one currency and, where both are of a promise, of one promise; in the way of its kind.
# As they were when this was laid: a later way is laid by a later migration, never by a changed rule.
WAYS = (
    ("grant", "granted", "free"),
    ("reserve", "free", "reserved"),
    ("release", "reserved", "free"),
    ("pay", "reserved", "paid"),
    ("undo", "paid", "reserved"),
)
_WAYS = ", ".join(f"'{move}:{source}>{target}'" for move, source, target in WAYS)
FITS = f"""SELECT 1 FROM pledges_account s, pledges_account t
  WHERE s.id = NEW.source_id AND t.id = NEW.target_id
  AND s.version_id = t.version_id AND s.currency = t.currency
  AND (s.pledge_id IS NULL OR t.pledge_id IS NULL OR s.pledge_id = t.pledge_id)
  AND NEW.kind || ':' || s.kind || '>' || t.kind IN ({_WAYS})"""  # noqa: S608  words of ours alone
# What an order that is booked says, the entry says.
OF_ITS_ORDER = """SELECT 1 FROM pledges_order o, pledges_account a
  WHERE o.id = NEW.order_id AND a.id = NEW.source_id AND a.pledge_id = o.pledge_id
  AND o.amount = NEW.amount AND o.currency = a.currency
  AND o.approved_at IS NOT NULL AND o.cancelled_at IS NULL
  AND (NEW.kind = 'undo') = (o.undoes_id IS NOT NULL)"""
NOT_PAID = """EXISTS (SELECT 1 FROM pledges_account a JOIN pledges_version v ON v.id = a.version_id
  WHERE a.pledge_id = NEW.id AND a.kind = 'paid' AND a.balance <> v.amount)"""
NOTHING_BACK = """NOT EXISTS (SELECT 1 FROM pledges_account
  WHERE pledge_id = NEW.id AND kind = 'reserved' AND balance > 0)"""
ENTRY = "pledges_entry"
ORDER_FIXED = "pledge_id, undoes_id, amount, currency, digest, proposed_by"
STEPS = (
    "'SHOWN>ACCEPTED', 'ACCEPTED>DUE', 'ACCEPTED>FULFILLED', 'ACCEPTED>FAILED', 'ACCEPTED>WAIVED',"
    " 'DUE>FULFILLED', 'DUE>FAILED', 'DUE>WAIVED', 'FAILED>FULFILLED'"
)
# name, when, on which table, under which condition, why
REFUSED = (
    ("entry_fits", "INSERT", ENTRY, f"NOT EXISTS ({FITS})", "no such way for money"),
    (
        "entry_of_its_order", "INSERT", ENTRY,
        f"NEW.order_id IS NOT NULL AND NOT EXISTS ({OF_ITS_ORDER})",
        "an entry says what its order says",
    ),
    ("entry_fixed", "UPDATE", ENTRY, "", "an entry is undone by another, never changed"),
    ("entry_kept", "DELETE", ENTRY, "", "an entry is undone by another, never deleted"),
    (
        "account_fixed", "UPDATE OF version_id, pledge_id, kind, currency", "pledges_account", "",
        "an account is never changed",
    ),
    ("account_kept", "DELETE", "pledges_account", "", "an account is never deleted"),
    ("account_opens_at_nothing", "INSERT", "pledges_account", "NEW.balance <> 0", "money comes by an entry"),
    (
        "account_summed", "UPDATE OF balance", "pledges_account", f"NEW.balance <> {SUM}",
        "a balance is what its entries sum to",
    ),
    ("order_fixed", f"UPDATE OF {ORDER_FIXED}", "pledges_order", "", "an order is never changed"),
    ("order_kept", "DELETE", "pledges_order", "", "an order is cancelled, never deleted"),
    (
        "order_done_once", "UPDATE OF done_at, cancelled_at", "pledges_order",
        "OLD.done_at IS NOT NULL OR OLD.cancelled_at IS NOT NULL", "an order is done, or cancelled, once",
    ),
    (
        "pledge_paid_whole", "UPDATE OF state", "pledges_pledge",
        f"NEW.state = 'FULFILLED' AND {NOT_PAID}", "money is paid before its promise is kept",
    ),
    (
        "pledge_owed_again", "UPDATE OF state", "pledges_pledge",
        f"OLD.state = 'FULFILLED' AND NEW.state = 'DUE' AND {NOTHING_BACK}",
        "what was kept is owed again when its payment was undone",
    ),
)  # fmt: skip
_ABORT = "RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE ="
ADDED_UP = (
    "UPDATE pledges_account SET balance = balance - NEW.amount WHERE id = NEW.source_id;"
    " UPDATE pledges_account SET balance = balance + NEW.amount WHERE id = NEW.target_id;"
)


def _refusing(vendor: str) -> list[str]:
    made = []
    for name, when, table, condition, why in REFUSED:
        if vendor == "sqlite":
            test = f"WHEN {condition} " if condition else ""
            made.append(
                f"CREATE TRIGGER {name} BEFORE {when} ON {table} {test}"
                f"BEGIN SELECT RAISE(ABORT, '{why}'); END"
            )
            continue
        test = (
            f"IF {condition} THEN {_ABORT} '{why}'; END IF;" if condition else f"{_ABORT} '{why}';"
        )
        made += [
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {test} RETURN NEW; END $$",
            f"CREATE TRIGGER {name} BEFORE {when} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
        ]
    return made


def _adding(vendor: str) -> list[str]:
    if vendor == "sqlite":
        return [f"CREATE TRIGGER entry_posted AFTER INSERT ON {ENTRY} BEGIN {ADDED_UP} END"]
    return [
        f"CREATE FUNCTION entry_posted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {ADDED_UP} RETURN NULL; END $$",
        f"CREATE TRIGGER entry_posted AFTER INSERT ON {ENTRY} FOR EACH ROW EXECUTE FUNCTION entry_posted()",
    ]


def _steps(vendor: str, steps: str) -> list[str]:
    """Return what lays the steps of a promise anew, with or without the one back from kept to due."""
    if vendor == "sqlite":
        return [
            "DROP TRIGGER pledge_states",
            "CREATE TRIGGER pledge_states BEFORE UPDATE OF state ON pledges_pledge"
            f" WHEN OLD.state <> NEW.state AND OLD.state || '>' || NEW.state NOT IN ({steps})"
            " BEGIN SELECT RAISE(ABORT, 'no such step of a promise'); END",
        ]
    return [
        f"""
CREATE OR REPLACE FUNCTION pledge_guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
IF TG_OP = 'DELETE' THEN {_ABORT} 'a promise is settled, never deleted'; END IF;
IF OLD.due_at IS NOT NULL AND (NEW.due_at IS DISTINCT FROM OLD.due_at
  OR NEW.accepted_at IS DISTINCT FROM OLD.accepted_at) THEN {_ABORT} 'a due date never moves'; END IF;
IF OLD.state <> NEW.state AND OLD.state || '>' || NEW.state NOT IN ({steps})
THEN {_ABORT} 'no such step of a promise'; END IF;
RETURN NEW; END $$"""
    ]


def lay(apps, schema):  # type: ignore[no-untyped-def]  # Django calls it
    """Create the triggers of this database."""
    vendor = schema.connection.vendor
    for sql in [*_steps(vendor, f"{STEPS}, 'FULFILLED>DUE'"), *_refusing(vendor), *_adding(vendor)]:
        schema.execute(sql, params=None)


def take_off(apps, schema):  # type: ignore[no-untyped-def]  # Django calls it
    """Remove them, for tables of an older release."""
    vendor = schema.connection.vendor
    laid = [(name, table) for name, _when, table, *_ in REFUSED] + [("entry_posted", ENTRY)]
    for name, table in laid:
        if vendor == "sqlite":
            schema.execute(f"DROP TRIGGER {name}", params=None)
        else:
            schema.execute(f"DROP TRIGGER {name} ON {table}", params=None)
            schema.execute(f"DROP FUNCTION {name}()", params=None)
    for sql in _steps(vendor, STEPS):
        schema.execute(sql, params=None)


BY = "SYS:carried"
_NUMBER = re.compile(r"\d(?:[\d.,'\s]*\d)?")
_CENTS = re.compile(r"[.,]\d\d$")


def _sums_in(item: str) -> list[int]:
    found = []
    for number in _NUMBER.findall(item):
        digits = int(re.sub(r"\D", "", number))
        found.append(digits if _CENTS.search(number) else digits * 100)
    return found


def sum_item(items: list[str], amount: int) -> str | None:
    """Return the line of an offer that is its money, the first where none names it, as of this release."""
    return next((item for item in items if amount in _sums_in(item)), items[0] if items else None)


def carry(apps, schema):  # type: ignore[no-untyped-def]  # Django calls it
    """Open the accounts of what was promised before there were any.

    Who was promised money keeps it: where more was accepted than the cap, what is over it is granted
    too, and nothing is left. What was kept against a receipt stands as paid, without an order.
    """
    versions, pledges, accounts, entries = (
        apps.get_model("pledges", name).objects
        for name in ("Version", "Pledge", "Account", "Entry")
    )
    for version in versions.filter(amount__isnull=False, approved_at__isnull=False):
        bound = pledges.filter(
            version=version, item=sum_item(version.items, version.amount),
            state__in=["ACCEPTED", "DUE", "FULFILLED"],
        )  # fmt: skip

        def account(kind, pledge=None, version=version):  # type: ignore[no-untyped-def]
            return accounts.create(
                ref=new_ref(), version=version, kind=kind, pledge=pledge, currency=version.currency
            )

        def move(kind, source, target, amount, at):  # type: ignore[no-untyped-def]
            entries.create(
                ref=new_ref(), kind=kind, source=source, target=target, amount=amount, at=at, by=BY
            )

        granted, free = account("granted"), account("free")
        least = version.amount * bound.count()
        move("grant", granted, free, max(version.budget, least), version.approved_at)
        for pledge in bound:
            reserved, paid = account("reserved", pledge), account("paid", pledge)
            move("reserve", free, reserved, version.amount, pledge.accepted_at)
            if pledge.state == "FULFILLED":
                move("pay", reserved, paid, version.amount, pledge.settled_at)


class Migration(migrations.Migration):
    dependencies = [("pledges", "0003_books")]
    operations = [
        migrations.RunPython(lay, take_off),
        migrations.RunPython(carry, migrations.RunPython.noop),
    ]
