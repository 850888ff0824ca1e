"""The URLs of the relatives' desk; their conversations open as all others do."""

from django.urls import path

from safeconduct.conversations import relatives_views

app_name = "relatives"
urlpatterns = [
    path("", relatives_views.relatives, name="inbox"),
    path("take/", relatives_views.take, name="take"),
]
