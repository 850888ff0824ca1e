"""safeconduct: from the first text message to a verified, humane arrival."""
