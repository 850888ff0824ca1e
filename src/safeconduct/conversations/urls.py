"""The URLs of this room."""

from django.urls import path

from safeconduct.conversations import channels_views, spoken_views, text_views, views

app_name = "conversations"
urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("take/", views.take, name="take"),
    path("weigh/", views.weigh, name="weigh"),
    path("texts/", text_views.texts, name="texts"),
    path("texts/propose/", text_views.propose, name="text-propose"),
    path("texts/<slug:ref>/", text_views.text, name="text"),
    path("texts/<slug:ref>/approve/", text_views.approve, name="text-approve"),
    path("texts/<slug:ref>/withdraw/", text_views.withdraw, name="text-withdraw"),
    path("second-readings/", views.readings, name="readings"),
    path("second-readings/<slug:ref>/", views.reading, name="reading"),
    path("second-readings/<slug:ref>/find/", views.find, name="find"),
    path("<slug:ref>/", views.show, name="show"),
    path("<slug:ref>/reply/", views.reply, name="reply"),
    path("<slug:ref>/spoken/", spoken_views.spoken, name="spoken"),
    path("<slug:ref>/heard/", spoken_views.heard, name="heard"),
    path("<slug:ref>/to-say/", spoken_views.to_say, name="to-say"),
    path("<slug:ref>/said/<slug:message>/", spoken_views.said, name="said"),
    path("<slug:ref>/channels/", channels_views.channels, name="channels"),
    path("<slug:ref>/link/", channels_views.link, name="link"),
    path("<slug:ref>/link/<slug:link_ref>/", channels_views.say, name="link-say"),
    path("<slug:ref>/unlink/<slug:link_ref>/", channels_views.unlink, name="unlink"),
    path("<slug:ref>/note/", views.note, name="note"),
    path("<slug:ref>/lower/", views.lower, name="lower"),
    path("<slug:ref>/release/", views.release, name="release"),
    path("<slug:ref>/close/", views.close, name="close"),
    path("<slug:ref>/words/", views.words, name="words"),
    path("<slug:ref>/window/", views.window, name="window"),
    path("<slug:ref>/condition/", views.condition, name="condition"),
    path("<slug:ref>/freeze/", views.freeze, name="freeze"),
    path("<slug:ref>/unfreeze/", views.unfreeze, name="unfreeze"),
    path("<slug:ref>/stop/", views.stop, name="stop"),
    path("<slug:ref>/ask/", views.ask, name="ask"),
    path("<slug:ref>/presence/", views.presence, name="presence"),
]
