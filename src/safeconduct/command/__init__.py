"""The `safeconduct` command and the supervisor of its processes."""
