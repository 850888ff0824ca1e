"""Doors of this room; each declares its duty in views.py."""

from django.urls import path

from safeconduct.reception import phone_views, views

urlpatterns = [
    path("", views.index),
    path("here/", views.here),
    path("walk-in/", views.walk_in),
    path("phone/", phone_views.page),
    path("phone/worker.js", phone_views.worker),
    path("phone/key", phone_views.key),
    path("phone/send", phone_views.send),
    path("phone/looked", phone_views.looked),
    path("phone/taken", phone_views.taken),
    path("phone/again", phone_views.again),
    path("pictograms.pdf", views.pictograms_pdf),
    path("<str:ref>/", views.arrival),
    path("<str:ref>/paper/<slug:kind>/", views.paper),
    path("<str:ref>/share/", views.share),
    path("<str:ref>/secure/", views.secure),
    path("<str:ref>/count/", views.count),
    path("<str:ref>/extra/", views.extra),
    path("<str:ref>/item/", views.item),
    path("<str:ref>/receipt/", views.receipt),
    path("<str:ref>/returned/", views.returned),
    path("<str:ref>/handover/", views.handover),
    path("<str:ref>/sign/", views.sign),
    path("<str:ref>/register/", views.register),
    path("<str:ref>/language/", views.language),
    path("<str:ref>/briefing.pdf", views.briefing_pdf),
    path("<str:ref>/card.pdf", views.card_pdf),
    path("<str:ref>/receipt.pdf", views.receipt_pdf),
    path("<str:ref>/equipment.pdf", views.equipment_pdf),
    path("<str:ref>/medical.pdf", views.medical_pdf),
    path("<str:ref>/photo/<str:photo>", views.photo),
]
