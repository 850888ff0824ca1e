"""Someone watches over him. Looks and tells humans; commands no aircraft."""
