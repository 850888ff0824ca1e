"""The case: one person's way, its states, the evidence for each step, and who may know of it.

Stopping takes one person and asks nothing first; going takes several. What this room refuses: a
step that is not on the way, a yes that counts twice, and a stop that waits.
"""
