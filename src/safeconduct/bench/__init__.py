"""The figures we publish, each beside a peer or a physical limit."""
