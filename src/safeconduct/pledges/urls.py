"""The URLs of this room."""

from django.urls import path

from safeconduct.pledges import paying_views, views

app_name = "pledges"
urlpatterns = [
    path("", views.ledger, name="ledger"),
    path("kept/", views.kept, name="kept"),
    path("promises/<slug:ref>/", views.pledge, name="pledge"),
    path("offers/new/", views.new, name="new"),
    path("offers/propose/", views.propose, name="propose"),
    path("offers/<slug:ref>/", views.offer, name="offer"),
    path("offers/<slug:ref>/approve/", views.approve, name="approve"),
    path("offers/<slug:ref>/withdraw/", views.withdraw, name="withdraw"),
    path("offers/<slug:ref>/rule/", views.rule, name="rule"),
    path("rulings/<slug:ref>/sign/", views.sign_ruling, name="sign-ruling"),
    path("orders/<slug:ref>/", paying_views.order, name="order"),
    path("orders/<slug:ref>/approve/", paying_views.approve, name="order-approve"),
    path("orders/<slug:ref>/pay/", paying_views.pay, name="order-pay"),
    path("orders/<slug:ref>/cancel/", paying_views.cancel, name="order-cancel"),
    path("orders/<slug:ref>/undo/", paying_views.undo, name="order-undo"),
    path("<slug:ref>/order/", paying_views.propose, name="order-propose"),
    path("<slug:ref>/accept/", views.accept, name="accept"),
    path("<slug:ref>/fulfil/", views.fulfil, name="fulfil"),
    path("<slug:ref>/fail/", views.fail, name="fail"),
    path("<slug:ref>/waive/", views.waive, name="waive"),
    path("<slug:ref>/postpone/", views.postpone, name="postpone"),
]
