"""The seam: a fact that others must hear is a row written in the transaction of the act."""
