"""The relatives' desk looks for people: it sees what the bureau has confirmed, and no case."""
