"""Doors of this room; each declares its duty in views.py."""

from django.urls import path

from safeconduct.cases import glass_views, letting_views, roll_views, seized_views, views

urlpatterns = [
    path("", views.index),
    path("open/", views.open_case),
    path("erased/", views.erased),
    path("glass/", glass_views.form),
    path("glass/ask/", glass_views.ask),
    path("glass/break/", glass_views.break_glass),
    path("seized/", seized_views.form),
    path("seized/count/", seized_views.count, name="seized-count"),
    path("seized/burn/", seized_views.burn),
    path("seized/<str:ref>/", seized_views.one),
    path("<str:ref>/", views.case),
    path("<str:ref>/record/", views.record),
    path("<str:ref>/grade/", views.grade),
    path("<str:ref>/step/", views.step),
    path("<str:ref>/propose/", views.propose),
    path("<str:ref>/approve/", views.approve),
    path("<str:ref>/withdraw/", views.withdraw),
    path("<str:ref>/stop/", views.stop),
    path("<str:ref>/here/", views.here),
    path("<str:ref>/fact/", views.fact),
    path("<str:ref>/join/", letting_views.ask),
    path("<str:ref>/let-in/", letting_views.let_in),
    path("<str:ref>/check-in/", views.check_in),
    path("<str:ref>/unseal/", views.unseal),
    path("<str:ref>/correct/", views.correct),
    path("<str:ref>/merge/", views.merge),
    path("<str:ref>/unmerge/", views.unmerge),
    path("<str:ref>/rolls/", roll_views.page),
    path("<str:ref>/rolls/unseal/", roll_views.unseal),
    path("<str:ref>/rolls/take-down/", roll_views.take_down),
    path("<str:ref>/rolls/strike/", roll_views.strike),
    path("<str:ref>/rolls/apart/", roll_views.apart),
    path("<str:ref>/rolls/second/", roll_views.back),
    path("<str:ref>/rolls/certify/", roll_views.certify),
    path("<str:ref>/rolls/share/", roll_views.share),
    path("<str:ref>/purge/", views.purge),
]
