"""Every URL of the console. Each room brings its own; each URL declares its duty (web/checks.py)."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
