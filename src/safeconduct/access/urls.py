"""URLs of this room: coming in, what waits for me, people, the roster."""

from django.urls import path

from safeconduct.access.views import force, mine, people, recovery, roster, signing

urlpatterns = [
    path("", mine.for_you, name="for-you"),
    path("sign-in/", signing.sign_in, name="sign-in"),
    path("sign-in/code/", signing.sign_in_by_code, name="sign-in-code"),
    path("sign-in/join/<str:token>", signing.join, name="join"),
    path("sign-out/", signing.sign_out, name="sign-out"),
    path("calls/", mine.calls, name="calls"),
    path("calls/<str:ref>/answer/", mine.answer, name="answer"),
    path("people/", people.people, name="people"),
    path("people/add/", people.add, name="person-add"),
    path("people/create/", people.create, name="person-create"),
    path("people/me/", mine.mine, name="mine"),
    path("people/me/code/", mine.begin_code, name="code-begin"),
    path("people/me/code/first/", mine.finish_code, name="code-finish"),
    path("people/me/unlock-code/", mine.unlock_code, name="unlock-code"),
    path("people/me/numbers/", force.numbers, name="numbers"),
    path("people/me/numbers/drill/", force.drill, name="numbers-drill"),
    path("people/noted/", force.noted, name="noted"),
    path("people/me/spare/", recovery.spare, name="spare"),
    path("people/me/devices/forget/", mine.forget_devices, name="devices-forget"),
    path("people/lock/", mine.panic, name="panic"),
    path("people/roster/", roster.roster, name="roster"),
    path("people/roster/add/", roster.add, name="shift-add"),
    path("people/roster/<str:ref>/end/", roster.end, name="shift-end"),
    path("people/<str:ref>/", people.person, name="person"),
    path("people/<str:ref>/give/", people.give, name="duty-give"),
    path("people/<str:ref>/hold/", people.hold, name="duty-hold"),
    path("people/<str:ref>/end/", people.end, name="duty-end"),
    path("people/<str:ref>/recovery/ask/", recovery.ask, name="recovery-ask"),
    path("people/<str:ref>/recovery/", recovery.recovery, name="recovery"),
    path("people/<str:ref>/recovery/yes/", recovery.say_yes, name="recovery-yes"),
    path("people/<str:ref>/recovery/stop/", recovery.stop, name="recovery-stop"),
    path("people/<str:ref>/logins/end/", people.end_logins, name="logins-end"),
]
