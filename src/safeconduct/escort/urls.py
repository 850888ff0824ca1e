"""URLs of the escort. `<ref>` is the passage's."""

from django.urls import path

from safeconduct.escort import map_views, preflight_views, replay_views, station_views, views

urlpatterns = [
    path("", views.index, name="escort"),
    path("<str:ref>/", views.live, name="escort-live"),
    path("<str:ref>/layer.json", views.layer, name="escort-layer"),
    path("<str:ref>/weather", views.weather, name="escort-weather"),
    path("<str:ref>/no-fire/request", views.no_fire_request, name="escort-no-fire-request"),
    path("<str:ref>/no-fire/ack", views.no_fire_ack, name="escort-no-fire-ack"),
    path("<str:ref>/no-fire/end", views.no_fire_end, name="escort-no-fire-end"),
    path("<str:ref>/replay", replay_views.replay, name="escort-replay"),
    path("<str:ref>/replay.json", replay_views.replay_layer, name="escort-replay-layer"),
    path("<str:ref>/preflight", preflight_views.preflight, name="escort-preflight"),
    path("<str:ref>/preflight/sign", preflight_views.sign, name="escort-preflight-sign"),
    path("<str:ref>/station", views.station, name="escort-station"),
    path("<str:ref>/field/give", station_views.give, name="escort-field-give"),
    path("<str:ref>/field/back", station_views.take_back, name="escort-field-back"),
    path("<str:ref>/unit-station", views.unit_station, name="escort-unit-station"),
    path("<str:ref>/unit-away", views.unit_away, name="escort-unit-away"),
    path("<str:ref>/unit", map_views.unit, name="escort-unit"),
    path("<str:ref>/tracker", map_views.tracker, name="escort-tracker"),
    path("<str:ref>/casualty", map_views.casualty, name="escort-casualty"),
    path("<str:ref>/casualty/end", map_views.casualty_end, name="escort-casualty-end"),
    path("<str:ref>/sighted", views.sighted, name="escort-sighted"),
    path("<str:ref>/headcount", views.headcount, name="escort-headcount"),
    path("<str:ref>/mark", views.mark, name="escort-mark"),
    path("<str:ref>/placed", views.placed, name="escort-placed"),
    path("<str:ref>/contact", views.contact, name="escort-contact"),
    path("<str:ref>/contact/end", views.contact_end, name="escort-contact-end"),
    path("<str:ref>/take", views.take, name="escort-take"),
    path("<str:ref>/answer", views.answer, name="escort-answer"),
    path("<str:ref>/hold", views.hold, name="escort-hold"),
    path("<str:ref>/lead", views.lead, name="escort-lead"),
    path("<str:ref>/order/end", views.order_end, name="escort-order-end"),
    path("<str:ref>/heard", views.heard, name="escort-heard"),
    path("<str:ref>/missing", views.missing, name="escort-missing"),
    path("<str:ref>/search", views.search, name="escort-search"),
    path("<str:ref>/abort", views.abort, name="escort-abort"),
]
