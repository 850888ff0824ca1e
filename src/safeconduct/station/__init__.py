"""The station of an escort team: watches one passage alone while the link home is cut. It commands no aircraft and gives no GO."""
