"""Every URL of the console. Each room brings its own; each URL declares its duty (web/checks.py)."""

from django.urls import URLPattern, URLResolver, include, path

from safeconduct.web import audit, live, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("safeconduct.access.urls")),
    path("outreach/", include("safeconduct.outreach.urls")),
    path("cases/", include("safeconduct.cases.urls")),
    path("conversations/", include("safeconduct.conversations.urls")),
    path("relatives/", include("safeconduct.conversations.relatives_urls")),
    path("tracing/", include("safeconduct.tracing.urls")),
    path("audit/", audit.show_log, name="audit"),
    path("audit/prove/", audit.prove, name="audit-prove"),
    path("audit/export/", audit.export, name="audit-export"),
    path("audit/paper/", audit.print_heads, name="audit-paper"),
    path("pledges/", include("safeconduct.pledges.urls")),
    path("passage/", include("safeconduct.passage.urls")),
    path("escort/", include("safeconduct.escort.urls")),
    path("reception/", include("safeconduct.reception.urls")),
    path("custody/", include("safeconduct.custody.urls")),
    path("situation/", include("safeconduct.situation.urls")),
    path("settings/", views.show_settings, name="settings"),
    path("settings/language/", views.choose_language, name="settings-language"),
    path("settings/keys/", views.choose_keys, name="settings-keys"),
    path("settings/refusals/<str:sender>/seen/", views.seen_refusals, name="refusals-seen"),
    path("settings/jobs/<int:number>/again/", views.try_again, name="job-again"),
    path("live", live.live, name="live"),
    path("healthz", views.alive),
    path("readyz", views.ready),
]
