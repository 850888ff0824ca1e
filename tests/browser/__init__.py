"""The console as a person meets it: a real product, a real browser, no mouse where keys will do."""
