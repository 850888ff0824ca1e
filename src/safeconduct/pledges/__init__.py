"""What a law or an authority allows to be promised, and what became of each promise."""
