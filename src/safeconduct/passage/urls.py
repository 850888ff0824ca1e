"""Doors of this room; each declares its duty in its view."""

from django.urls import path

from safeconduct.passage import begin_views, views

urlpatterns = [
    path("", begin_views.index),
    path("draft/", views.draft),
    path("find/", begin_views.find_start),
    path("roads.json", views.road_layer),
    path("where.json", views.where),
    path("tiles/<str:version>.pmtiles", views.tiles),
    path("<str:ref>/", views.passage),
    path("<str:ref>/layer.json", views.layer),
    path("<str:ref>/danger/", views.danger),
    path("<str:ref>/find/", begin_views.find_danger),
    path("<str:ref>/danger-end/", views.danger_end),
    path("<str:ref>/danger-merge/", views.danger_merge),
    path("<str:ref>/propose/", views.propose),
    path("<str:ref>/withdraw/", views.withdraw),
    path("<str:ref>/approve/", views.approve),
    path("<str:ref>/send-back/", views.send_back),
    path("<str:ref>/record/", views.record),
    path("<str:ref>/read-back/", views.read_back),
    path("<str:ref>/go/", views.go),
    path("<str:ref>/offer/", views.offer),
    path("<str:ref>/agreed/", views.agreed),
    path("<str:ref>/counter/", views.counter),
    path("<str:ref>/said-back/", views.said_back),
    path("<str:ref>/tell/", views.tell),
    path("<str:ref>/hold/", views.hold),
    path("<str:ref>/switch-ask/", views.switch_ask),
    path("<str:ref>/switch/", views.switch),
    path("<str:ref>/abort/", views.abort),
]
