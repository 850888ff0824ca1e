"""Many sealed threads of one operator, and the same threads unsealed in tables of their own.

By the door of the product a hundred thousand texts would take hours; here they are written in
batches, sealed by the same keyring, their compartments made and entered at the real keeper. The
plain twin has the same rows, columns and index, and its texts in clear.
"""

import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, models, transaction
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_GET

from safeconduct import clock
from safeconduct.access import actions, acts, client, keyring, queries, workers
from safeconduct.access.doors import OfficerRequest, duty_required
from safeconduct.access.rules import Duty, Officer, Proof, Purpose
from safeconduct.bench.inbox import UNSEALED
from safeconduct.conversations import rules, views
from safeconduct.conversations.desks import Desk
from safeconduct.conversations.models import Conversation, Message
from safeconduct.conversations.queries import BODY, LINE, TEXT, Page, page_of
from safeconduct.exercise.authenticator import Authenticator
from safeconduct.refs import new_ref
from safeconduct.web import urls

BATCH = 1_000  # the keeper's own limit for one call
APART = timedelta(minutes=1)
WHY = "threads of a benchmark"


def _twin(model: type[models.Model], name: str, **instead: Any) -> Any:
    """Return a model with the columns and indexes of `model`, but for those given `instead`."""
    columns = {f.name: instead.get(f.name, f.clone()) for f in model._meta.local_concrete_fields}
    indexes = [index.clone() for index in model._meta.indexes]
    for index in indexes:
        index.name = f"plain_{index.name}"
    meta = type("Meta", (), {"app_label": "bench", "indexes": indexes})
    return type(name, (models.Model,), {**columns, "Meta": meta, "__module__": __name__})


PlainMessage = _twin(
    Message,
    "PlainMessage",
    body=models.TextField(),
    conversation=models.BigIntegerField(db_column="conversation_id"),
)
PlainConversation = _twin(
    Conversation,
    "PlainConversation",
    line=models.TextField(null=True),
    last=models.ForeignKey(
        PlainMessage, null=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False
    ),
)


class _Clear:
    """Stands where a keyring stands, and opens what was never sealed."""

    def gone(self, _compartment: str) -> bool:
        return False

    def open(self, text: str, **_where: str) -> str:
        return text


def _plain_for(officer: Officer, _purpose: Purpose, *, after: str) -> Page:
    rows: Any = PlainConversation.objects.all()
    clear: Any = _Clear()
    return page_of(officer, rows, lambda *_asked: clear, after=after)


@require_GET
@duty_required(*views.READERS)
def plain(request: OfficerRequest) -> HttpResponse:
    """Show the page of the plain twin: the same door, query and template, without keeper and opening."""
    shown = views.inbox_shown(request, Desk.PEOPLE, own=_plain_for)
    return render(request, "conversations/inbox.html", shown)


urlpatterns = [path(UNSEALED.removeprefix("/"), plain), *urls.urlpatterns]


@dataclass(frozen=True, slots=True)
class Hired:
    """A person on the staff and his passkey."""

    ref: str
    key: Authenticator

    def sign_in(self, origin: str) -> str:
        """Return a fresh login: filling takes longer than an idle one lives."""
        answered = self.key.answer(client.login_begin(), origin)
        return actions.sign_in(answered, now=clock.now(), wall=clock.wall())


def hire(origin: str) -> Hired:
    """Return an operator; an administrator invites him, each with his own passkey."""
    key, his, now = Authenticator(), Authenticator(), clock.now()
    invited = actions.first_administrator(now=now)
    if invited is None:
        raise RuntimeError("the folder has an administrator already; a benchmark makes its own")
    admin = _enrol(key, invited.token, origin, now=now)
    ref, duties = new_ref(), (Duty.OP,)
    asked = client.act_begin(admin.login, acts.invite(ref, duties, reason=WHY))
    proof = Proof(asked.nonce, key.sign(asked.challenge, origin, asked.rp_id))
    told = actions.create_person(
        admin,
        person=ref,
        name="Operator 1",
        language="en",
        duties=duties,
        reason=WHY,
        proof=proof,
        now=now,
    )
    return Hired(_enrol(his, told.token, origin, now=now).ref, his)


def _enrol(key: Authenticator, token: str, origin: str, *, now: datetime) -> Officer:
    credential = key.register(queries.invitation(token).options, origin)
    login = actions.enrol(token, credential, now=now, wall=clock.wall())
    officer = queries.officer_of(login, now=now, wall=clock.wall())
    if officer is None:
        raise RuntimeError("the operator of the benchmark could not sign in")
    return officer


def text_of(number: int) -> str:
    """Return the text of one thread: ninety letters, as his texts are."""
    return f"Текст {number:06d}: нас здесь четверо, еды на два дня, связь только ночью, ответьте ко мне"


def fill(holder: str, count: int) -> None:
    """Give an officer, by his ref, `count` threads of one text each, sealed and in the plain twin."""
    with connection.schema_editor() as editor:
        editor.create_model(PlainMessage)
        editor.create_model(PlainConversation)
    began = clock.now() - count * APART
    for first in range(0, count, BATCH):
        _batch(holder, first, min(BATCH, count - first), began=began)
        sys.stderr.write(f"\r  {min(first + BATCH, count):,} of {count:,} threads")
    sys.stderr.write("\n")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _batch(holder: str, first: int, count: int, *, began: datetime) -> None:
    worker = workers.me(Purpose.INGEST)
    made = client.create(worker, count=count)
    client.join_many(worker, made, person=holder, duty=Duty.OP, reason=WHY)
    keys = keyring.open_fields(worker, Purpose.INGEST, made, [TEXT, "line"])
    threads, texts, plain, lines = [], [], [], {}
    for number, compartment in enumerate(made, start=first + 1):
        at, ref, said = began + number * APART, new_ref(), text_of(number)
        row, lines[number] = new_ref(), rules.line_of(said)
        threads.append(
            Conversation(
                pk=number,
                ref=row,
                line=keys.seal(
                    lines[number], field=LINE, kind="line", compartment=compartment, ref=row
                ),
                person_ref=new_ref(),
                compartment=compartment,
                route="smpp",
                kind="reply",
                language="ru",
                opened_at=at,
                last_inbound_at=at,
                last_at=at,
                last_id=number,
                holder=holder,
            )
        )
        told = {"pk": number, "ref": ref, "key": f"smpp:{number}", "direction": "in"}
        told |= {"language": "ru", "at": at, "wall_at": at}
        sealed = keys.seal(said, field=BODY, kind=TEXT, compartment=compartment, ref=ref)
        texts.append(Message(**told, conversation_id=number, body=sealed))
        plain.append(PlainMessage(**told, conversation=number, body=said))
    with transaction.atomic():  # thread and text name each other: judged when both are there
        Conversation.objects.bulk_create(threads)
        Message.objects.bulk_create(texts)
    PlainMessage.objects.bulk_create(plain)
    names = [column.attname for column in Conversation._meta.local_concrete_fields]
    PlainConversation.objects.bulk_create(
        PlainConversation(**{name: getattr(row, name) for name in names} | {"line": lines[row.pk]})
        for row in threads
    )


def edge_of(rows: int) -> str:
    """Return the key with which a page goes on after the newest `rows` threads."""
    row = Conversation.objects.order_by("-last_at", "-id")[rows - 1]
    return f"{row.last_at.isoformat()}_{row.pk}"
