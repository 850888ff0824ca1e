"""What stops a command: something that the person at the terminal can mend."""


class Trouble(Exception):  # a sentence for a person, not a fault
    """The message says what is wrong and how to mend it; the exit code is 2."""
