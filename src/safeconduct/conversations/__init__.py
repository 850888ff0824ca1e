"""Where a reply becomes a conversation. Raises, never lowers; silence is never a reason to write."""
