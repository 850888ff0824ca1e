"""What opens the KEK: one kind of root for each way a programme can keep it."""
