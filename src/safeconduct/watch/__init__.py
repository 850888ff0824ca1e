"""How a passage is watched: pure rules over fixes. It looks and tells a human; nothing here steers."""
