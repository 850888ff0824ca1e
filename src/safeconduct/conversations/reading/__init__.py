"""How a text is read before a person reads it: words, places, times. Nothing here judges or writes.

A link is text like any other: what it says is read, and it is never opened.
"""
