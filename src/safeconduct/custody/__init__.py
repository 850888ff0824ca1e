"""After arrival: clocks that nobody can switch off, conditions, outcome, aftercare."""
