"""One who writes into the database as its owner, and holds nobody's passkey."""

from conftest import NOON
from django.db import connection

from safeconduct.access.models import Person, Subject
from safeconduct.refs import new_ref


def write(sql, *values):
    """Write as one who owns the database: no rule, model or trigger of ours stands before it."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = replica")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type='trigger'")
            for (name,) in cursor.fetchall():
                cursor.execute(f'DROP TRIGGER "{name}"')
        cursor.execute(sql, values)


def insert(subject, who, *, digest, verb, duty="DPC", told=b"", signature=b"", at=NOON):
    """Put a row into the table of approvals, with whatever words and signature there are."""
    write(
        "INSERT INTO access_approval (ref, subject_id, digest, person_id, duty, given_at, told,"
        " signature) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        new_ref(), Subject.objects.get(ref=subject, verb=verb, closed_at=None).pk, digest,
        Person.objects.get(ref=who.ref).pk, duty, at, told or new_ref().encode(), signature,
    )  # fmt: skip
