"""Our numbers beside two other authors'."""

import smpp34
from smpplib import consts
from smpplib.command_codes import commands

from safeconduct.smpp.codes import Command, Status, Tag


def test_every_status_of_the_specification_is_known_by_the_number_another_author_gives_it():
    theirs = {value for name, value in vars(consts).items() if name.startswith("SMPP_ESME_R")}
    assert {int(status) for status in Status} == theirs


def test_every_tag_of_the_specification_is_known_by_the_number_another_author_gives_it():
    theirs = {getattr(smpp34, name) for name in dir(smpp34) if name.startswith("TLV_")}
    assert {int(tag) for tag in Tag} == theirs


def test_our_commands_have_the_names_and_numbers_that_another_author_gives_them():
    for command in Command:
        assert commands[command.name.lower()] == command
