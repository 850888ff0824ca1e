"""Doors of the picture."""

from django.urls import path

from safeconduct.situation import views

app_name = "situation"
urlpatterns = [
    path("", views.picture, name="picture"),
    path("claim", views.claim, name="claim"),
    path("earlier", views.earlier, name="earlier"),
    path("earlier/<slug:ref>/confirm", views.confirm, name="confirm"),
    path("earlier/<slug:ref>/doubt", views.doubt, name="doubt"),
    path("earlier/<slug:ref>/withdraw", views.withdraw, name="withdraw"),
]
