"""Reception: from sight to two signatures, and the papers that are owed to him.

The same order for everybody, whoever he is and however he came. What is missing is owed; it never
lifts his protection. Nothing here asks how he was taken, and no field has room for it.
"""
