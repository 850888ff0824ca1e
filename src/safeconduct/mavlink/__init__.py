"""The one encoder for bytes to an aircraft: an allow-list, deny by default."""
