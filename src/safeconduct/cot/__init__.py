"""The units' maps speak Cursor on Target: what we write of it, what we take of it, who hears whom."""
