"""The URLs of this room."""

from django.urls import path

from safeconduct.pledges import views

app_name = "pledges"
urlpatterns = [
    path("", views.ledger, name="ledger"),
    path("offers/new/", views.new, name="new"),
    path("offers/propose/", views.propose, name="propose"),
    path("offers/<slug:ref>/", views.offer, name="offer"),
    path("offers/<slug:ref>/approve/", views.approve, name="approve"),
    path("offers/<slug:ref>/withdraw/", views.withdraw, name="withdraw"),
    path("<slug:ref>/accept/", views.accept, name="accept"),
    path("<slug:ref>/fulfil/", views.fulfil, name="fulfil"),
    path("<slug:ref>/fail/", views.fail, name="fail"),
    path("<slug:ref>/waive/", views.waive, name="waive"),
    path("<slug:ref>/postpone/", views.postpone, name="postpone"),
]
