"""Registers the checks that every start runs through."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The frame: settings, pages, checks."""

    name = "safeconduct.web"

    def ready(self) -> None:
        """Load the checks; Django runs them by their decorators."""
        from safeconduct.web import checks  # noqa: F401, PLC0415  settings must stand first
