"""Claims with their sources, and figures about the programme. Sees totals, never people."""
