"""The URLs of this room."""

from django.urls import path

from safeconduct.tracing import views

app_name = "tracing"
urlpatterns = [
    path("", views.index, name="all"),
    path("open/", views.begin, name="open"),
    path("<slug:ref>/", views.one, name="one"),
    path("<slug:ref>/kinship/", views.kinship, name="kinship"),
    path("<slug:ref>/ground/", views.ground, name="ground"),
    path("<slug:ref>/back/", views.back, name="back"),
    path("<slug:ref>/put-up/", views.put_up, name="put-up"),
    path("<slug:ref>/decision/", views.decision, name="decision"),
    path("<slug:ref>/decide/", views.decide, name="decide"),
    path("<slug:ref>/send-back/", views.send_back, name="send-back"),
    path("<slug:ref>/call/", views.call, name="call"),
    path("<slug:ref>/no-call/", views.no_call, name="no-call"),
    path("<slug:ref>/described/", views.described, name="described"),
]
