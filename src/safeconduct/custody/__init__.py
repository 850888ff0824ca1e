"""Custody: the clocks that law starts, the conditions promised to all, the outcome he chooses.

No setting, duty or address silences a clock here. Nobody is returned against his will, and no form
asks him to waive a right.
"""
