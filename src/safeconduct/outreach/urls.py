"""Doors of the campaigns."""

from django.urls import path

from safeconduct.outreach import views

app_name = "outreach"
urlpatterns = [
    path("", views.campaigns, name="campaigns"),
    path("draft", views.draft, name="draft"),
    path("<slug:ref>/", views.campaign, name="campaign"),
    path("<slug:ref>/results", views.results, name="results"),
    path("<slug:ref>/approve", views.approve, name="approve"),
    path("<slug:ref>/start", views.start, name="start"),
    path("<slug:ref>/pause", views.pause, name="pause"),
    path("<slug:ref>/resume", views.resume, name="resume"),
    path("<slug:ref>/destroy", views.destroy, name="destroy"),
]
