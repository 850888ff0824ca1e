"""Template tags of the frame, one file for each."""
