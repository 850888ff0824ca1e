"""From sight to signature: hand-over and arrival documents."""
