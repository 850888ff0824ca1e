"""A worker that takes in an answer to a script and is killed at each statement of it in turn.

A process of its own, with tables that outlive it: `python -m tests.deaths_in_a_script`. On its standard
input, one JSON object: "tokens", the workers'. It prints one line for each life: how it ended, where the
script stands, how many texts left for him, how many of his are there.
"""

# ruff: noqa: E402  after django.setup

import json
import os
import signal
import sys
from itertools import count

import django

django.setup()

from django.db import connection, connections

from safeconduct import clock
from safeconduct.access import workers
from safeconduct.access.rules import Purpose
from safeconduct.conversations import actions
from safeconduct.conversations.models import Message, ScriptRun
from safeconduct.conversations.tests.conftest import inbound
from safeconduct.post.models import Message as Ours
from safeconduct.programme import load

QUESTION, ANSWER = "Здравствуйте", "да"


def takes_in(text):
    how = {"key": f"smpp:{text}", "profile": load.current(), "now": clock.now()}
    actions.receive_message(workers.me(Purpose.INGEST), inbound(text), **how)


def dies_at(statement):
    """Return what counts statements, and ends the process by SIGKILL before that one is done."""
    seen = count(1)

    def runs(execute, sql, params, many, context):
        if next(seen) == statement:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)

    return runs


def lives(*, statement=0, and_dies=False):
    """Take his answer in, in a process of its own; return the signal that ended it, 0 for none."""
    connections.close_all()
    child = os.fork()
    if not child:
        with connection.execute_wrapper(dies_at(statement)):
            takes_in(ANSWER)
        if and_dies:
            os.kill(os.getpid(), signal.SIGKILL)
        os._exit(0)
    _pid, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def tells(name, ended):
    run = ScriptRun.objects.get()
    told = [name, ended, run.step, run.sent, Ours.objects.count()]
    told.append(Message.objects.filter(direction="in").count())
    sys.stdout.write(json.dumps(told) + "\n")


def main():
    workers.take(json.loads(sys.stdin.read())["tokens"])
    takes_in(QUESTION)
    tells("asked", 0)
    for statement in count(1):
        ended = lives(statement=statement, and_dies=True)
        kept = Message.objects.filter(key=f"smpp:{ANSWER}").exists()
        tells("after" if kept else "before", ended)
        if kept or ended != -signal.SIGKILL:  # one that ends otherwise would end so for ever
            break
    tells("again", lives())


if __name__ == "__main__":
    main()
