"""Who did what to which ref: an append-only Merkle log, written in the act's own transaction."""
