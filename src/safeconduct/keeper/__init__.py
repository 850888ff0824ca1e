"""The process that holds the keys. Own socket, own file, no network, no Django; it does not believe the web process."""
