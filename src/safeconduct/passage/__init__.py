"""A meeting place and a way to it, agreed by both sides. Never bait: no plan without his own application."""
