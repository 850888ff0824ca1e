"""What an alert says to people: what happened, what you do, what the other does, three answers.

English here, translated on screen. Plain sentences: they are read at night, in a hurry.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = Promise | str


@dataclass(frozen=True, slots=True)
class Advice:
    """The words of one cause. `other` begins with who: the passage commander, or the pilot."""

    title: Words
    you: Words
    other: Words
    why: Words
    answers: tuple[Words, Words, Words]


_SEEN = (_("All is well"), _("There are people"), _("I cannot see him"))
# Who told where he is.
SOURCES: dict[str, Words] = {
    "own": _("his vehicle"),
    "tracker": _("his tracker"),
    "pilot": _("the pilot's mark"),
    "map": _("seen there"),
    "share": _("his live location"),
    "text": _("his words"),
}
WAITS: Words = _(
    "If the drone leaves him, he stops and waits for the next one; so he was told before he set out."
)
ADVICE: dict[str, Advice] = {
    "SILENT": Advice(
        _("No news of the vehicle"),
        _("find him by eye, and mark where he is"),
        _("waits for your word, then HOLD"),
        _("no fix has come for so long, and no news is bad news"),
        (_("I see him"), _("There are people"), _("I cannot see him")),
    ),
    "STOPPED": Advice(
        _("Stopped"),
        _("look whether he sits in the vehicle, and whether anybody is near"),
        _("waits for your word, then HOLD"),
        _("he has stayed within the limit's circle, and it is no planned hold point"),
        _SEEN,
    ),
    "OFF_ROUTE": Advice(
        _("Off the agreed way"),
        _("look why: a detour, a wrong turn, or force"),
        _("decides whether he is held or goes on"),
        _("three fixes lie beside the corridor"),
        (_("A detour, all is well"), _("Somebody leads him off"), _("I cannot see him")),
    ),
    "WRONG_WAY": Advice(
        _("Going back"),
        _("look whether he turned by himself"),
        _("decides whether the passage is stopped"),
        _("he has fallen back along the way by more than the limit"),
        (_("He turned by himself"), _("Somebody turned him"), _("I cannot see him")),
    ),
    "CLOSING": Advice(
        _("Somebody comes near"),
        _("watch both; say what it is, and report it anew each minute"),
        _("decides HOLD in cover, or ABORT"),
        _("by the last report it will pass closer than the limit"),
        (_("Keeps clear"), _("Comes to him"), _("I cannot see it")),
    ),
    "AIRCRAFT_SILENT": Advice(
        _("No link to the drone"),
        _("say whether you still see its picture; the autopilot returns by itself"),
        _("has him stand and wait for the next drone"),
        _("the drone has told nothing for so long"),
        (_("I have it"), _("It is on its way home"), _("It is lost")),
    ),
    "LINK_WEAK": Advice(
        _("The drone's link is weak"),
        _("climb, or come nearer to him; have the second drone made ready"),
        _("expects to lose the picture, and tells the unit"),
        _("its radio is weak, or what it tells comes in pieces"),
        (_("It is better now"), _("The second drone is called"), _("I am losing it")),
    ),
    "CANNOT_KEEP_UP": Advice(
        _("The drone falls behind"),
        _("say whether you still see him; set the drone's speed limit higher"),
        _("has him slow down or stand, before he is out of sight"),
        _("it is farther from him than it should be, and he does not come nearer"),
        (_("I see him, and come nearer"), _("He must slow down"), _("I cannot see him")),
    ),
    "LIGHT": Advice(
        _("The light fails"),
        _("look whether he can be there before dark; else have him stand in cover"),
        _("says until when he can see signs"),
        _("his signs are shown to be seen, and it is soon too dark where he is met"),
        (_("He will be there in time"), _("He is held until light"), _("It is called off")),
    ),
    "UNIT": Advice(
        _("The receiving unit may not be ready"),
        _("call your unit by radio, and say here whether it stands ready"),
        _("has him stand in cover until the unit says that it is ready"),
        _("the unit said that it is not, or has said nothing for so long"),
        (_("It stands ready"), _("It is being relieved"), _("Not reached")),
    ),
    "UNIT_AWAY": Advice(
        _("Its map has the unit elsewhere"),
        _("call your unit by radio, and say here whether it stands where he is met"),
        _("has him stand in cover until the unit is there"),
        _("the unit said that it is ready, and its own map shows it this far from the place"),
        (_("It is there"), _("It is on its way"), _("Not reached")),
    ),
    "MAP_SILENT": Advice(
        _("The units' maps do not answer"),
        _("tell fires and the unit by voice what changes; what stands there may be old"),
        _("takes nothing on a map for true, and stops by voice as well"),
        _("their server, or the link to it, has answered nothing for so long; no area has ended"),
        (_("Told by voice"), _("The link is being mended"), _("Not reached")),
    ),
    "AREA_UNHEARD": Advice(
        _("Nobody on the map has acknowledged the area"),
        _("have fires repeat it by voice; the area stands"),
        _("counts on no word from the map"),
        _("it was shown so long ago, and no unit has written that it has it"),
        (_("Repeated by voice"), _("Not reached"), _("Refused")),
    ),
    "STOP_UNREACHED": Advice(
        _("The stop has not reached the units' maps"),
        _("tell fires and the receiving unit by voice, now"),
        _("calls the unit as well; he may still be shown where he was"),
        _("the map server has not answered since it was ordered; it is sent when it can be"),
        (_("All told by voice"), _("One is not reached"), _("Not reached")),
    ),
    "IGNORED": Advice(
        _("The drone does not do what it was told"),
        _("fly it by hand; it may ignore a target outside its fence without a word"),
        _("expects to lose sight of him, and has him stand"),
        _("it was told to move, and did not in so long"),
        (_("I fly it by hand"), _("It moves now"), _("I cannot control it")),
    ),
    "RELIEF": Advice(
        _("The next drone must start"),
        _("have it start now; leave him only when its pilot says that he sees him"),
        _("has him stand and wait if nobody comes in time"),
        _("what is left is needed for the hand-over, the way home, the landing and the reserve"),
        (_("It has started"), _("It comes late"), _("There is none")),
    ),
    "GNSS_DOUBT": Advice(
        _("Position in doubt"),
        _("trust your eyes, not the map; mark where he is"),
        _("takes the map for old until it clears"),
        _("satellites fell or the autopilot warns; its fix type alone proves nothing"),
        (_("I see him on the way"), _("He is elsewhere"), _("I cannot see him")),
    ),
    "LATE": Advice(
        _("Late at a checkpoint"),
        _("say how fast he moves"),
        _("decides whether unit and drone can wait"),
        _("he should have passed it by now"),
        (_("He comes slowly"), _("He stands"), _("I cannot see him")),
    ),
    "MISSING": Advice(
        _("He may be missing"),
        _("begin the search, or say who has seen him"),
        _("flies the way back from his last place"),
        _("no trusted news for so long; unanswered, it is recorded"),
        (_("He was seen"), _("The search has begun"), _("No trace")),
    ),
    "HEADS": Advice(
        _("Not the number of people agreed"),
        _("stop before hand-over, keep your distance, ask who it is"),
        _("tells the unit; nobody loses protection by it"),
        _("counted and planned differ"),
        (_("Known, and harmless"), _("Unknown"), _("Counted wrongly")),
    ),
    "NO_FIRE_ACK": Advice(
        _("Fires have not acknowledged"),
        _("call fires now, and record their word here"),
        _("gives no GO, or has him stand in cover"),
        _("the last acknowledgement is missing or too old"),
        (_("Acknowledged by voice"), _("Not reached"), _("Refused")),
    ),
    "NO_FIRE_LAPSED": Advice(
        _("The no-fire area had lapsed"),
        _("call fires, and have the renewed area repeated"),
        _("has him stand in cover until they have"),
        _("it could not be renewed in time; it stands, and nobody ended it"),
        (_("Repeated by fires"), _("Not reached"), _("Somebody fired")),
    ),
    "WAY_WORSE": Advice(
        _("A danger was reported on his way"),
        _("have him stand in cover, unless he is past it, and look at the passage's page"),
        _("looks along the way ahead of him"),
        _("a planner reported it since GO; the figure is the model's for the whole way"),
        (_("He is past it"), _("He is held"), _("He goes on, on my word")),
    ),
    "HOLD_UNTOLD": Advice(
        _("He was not told to stand"),
        _(
            "have him told by voice, or shown by the drone's sign; press HOLD again once a text may leave"
        ),
        _("keeps him in sight, and says whether he stands"),
        _("HOLD is in force, and no text could leave to him"),
        (_("Told by voice"), _("He stands"), _("Not reached")),
    ),
    "PLACE_BURNED": Advice(
        _("His meeting place has burned"),
        _("have him stand or stop him, unless you know better; others may wait for him there"),
        _("has him stand away from the place, and looks who is there"),
        _("since GO a place burned so near to where he is to be met"),
        (_("He is held"), _("He is stopped"), _("He goes on, on my word")),
    ),
}
