"""Words of this room on the page, one file."""
