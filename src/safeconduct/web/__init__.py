"""The console's frame: settings, urls, pages that belong to no room."""
