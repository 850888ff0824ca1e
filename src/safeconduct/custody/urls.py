"""Doors of this room; each declares its duty in views.py. There is none that silences a clock."""

from django.urls import path

from safeconduct.custody import call_views, outside_views, views

urlpatterns = [
    path("", views.index),
    path("due/", views.due),
    path("visits/", outside_views.visits),
    path("visits/ask/", outside_views.ask_visit),
    path("visits/held/", outside_views.hold_visit),
    path("voices/", outside_views.voices),
    path("voices/hear/", outside_views.hear),
    path("voices/<str:ref>/", outside_views.voice),
    path("voices/<str:ref>/answer/", outside_views.answer_voice),
    path("evacuees/", views.evacuees),
    path("kept/<str:ref>/", views.kept, name="kept"),
    path("kept/<str:ref>/share/", views.share_kept),
    path("<str:ref>/", views.one),
    path("<str:ref>/inspect/", views.inspect),
    path("<str:ref>/move/", views.move),
    path("<str:ref>/visit/", outside_views.give_visit),
    path("<str:ref>/call/", call_views.answer),
    path("<str:ref>/call-time/", call_views.give),
    path("<str:ref>/call-held/", call_views.close),
    path("<str:ref>/looked/", views.looked),
    path("<str:ref>/send/", views.send),
    path("<str:ref>/share/", views.share),
    path("<str:ref>/confirm/", views.confirm),
    path("<str:ref>/decide/", views.decide),
    path("<str:ref>/wish/", views.wish),
    path("<str:ref>/interview/", views.interview),
    path("<str:ref>/release/", views.release),
    path("<str:ref>/propose/", views.propose),
    path("<str:ref>/aftercare/", views.aftercare),
    path("<str:ref>/checked/", views.checked),
    path("<str:ref>/settle/", views.settle),
    path("<str:ref>/core/", views.core),
    path("<str:ref>/notice/<str:document>.pdf", views.notice_pdf),
    path("<str:ref>/agency.json", views.agency_file),
    path("<str:ref>/death/", views.death),
    path("<str:ref>/<slug:kind>.pdf", views.sheet_pdf),
]
