"""What each limit of the programme is called on screen: a sentence that its value ends.

The rooms stand in the order of the way. A limit without words stands under its own key; a test
finds it in the profiles that we ship.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from safeconduct.programme.profile import Profile

S, M, P = "s", "m", "p"  # [limits_s], [limits_m], [limits_milli]: seconds, metres, thousandths
WORDS: tuple[tuple[Promise, dict[tuple[str, str], Promise]], ...] = (
    (
        _("Conversations"),
        {
            (S, "first_reply_urgent"): _("A person answers an urgent first text within"),
            (S, "first_reply"): _("A person answers any other first text within"),
            (S, "conversation_lock"): _(
                "Whoever takes a conversation holds it alone, while he answers nothing, for"
            ),
            (S, "reply_after_stop"): _(
                "After he has said stop, only his own new text opens replies to him, for"
            ),
        },
    ),
    (
        _("Cases"),
        {
            (S, "begin_verifying"): _("Verifying begins after his application within"),
            (S, "verify"): _("He is verified within"),
            (S, "check_in_grace"): _(
                "After a missed check-in, before it counts as silence, we wait"
            ),
            (S, "at_once"): _("What is owed at once calls a person after"),
            (S, "aborted_without_report"): _(
                "Stopped on the way and not reported safe, he counts as missing after"
            ),
            (S, "search"): _("A search plan covers"),
            (S, "contact_expected"): _("A walk-in is expected at the receiving unit within"),
            (S, "choice_again"): _(
                "Before release, his choice asked again in private is no older than"
            ),
            (S, "sick_weekly"): _("While one is sick the bureau is told of his health within"),
            (S, "child_target"): _("A child is handed to child protection, as the target, within"),
            (S, "child_cap"): _("A child is handed to child protection, at the latest, within"),
            (S, "civilian"): _("Whether he is a civilian is decided, from the first doubt, within"),
            (S, "purge_declined"): _("Who said no or was turned away is not erased before"),
            (S, "purge_silent"): _("After silence or undecided duress, nothing is erased before"),
            (S, "purge_relatives"): _("A relative's enquiry is erased, after its last text, at"),
            (S, "escaped_settle"): _("An escape without news is settled after"),
        },
    ),
    (
        _("Passages"),
        {
            (S, "plan_window"): _("A plan's window is open for"),
            (S, "plan_approval"): _("The approval of a plan lapses after"),
            (S, "read_back"): _("A read-back counts for"),
            (S, "start_window"): _("He sets out before or after the agreed time by at most"),
            (S, "drone_flight"): _("The drone stays in the air for"),
            (S, "drone_transit"): _("The drone's way to a meeting place takes"),
            (P, "exposed"): _("No way is put up when the model's figure for it is above"),
            (M, "danger_near"): _(
                "A danger is shown to planners of ways that pass its reach within"
            ),
            (S, "danger_kept"): _("A danger report that was ended is deleted after"),
            (M, "burned_place"): _(
                "A place that was told to him is burned, with all about it, within"
            ),
        },
    ),
    (
        _("Escort"),
        {
            (S, "silent_amber"): _("The vehicle counts as late when no fix has come for"),
            (S, "silent_alert"): _("SILENT is raised when no fix has come for"),
            (S, "aircraft_silent"): _("The drone's link counts as lost after"),
            (S, "stopped"): _("STOPPED is raised when he has stayed in one circle for"),
            (M, "stopped"): _("The circle of STOPPED has a radius of"),
            (S, "off_route"): _("OFF ROUTE is raised when he has been beside the way for"),
            (M, "off_route"): _("Beside the way means farther from it than"),
            (S, "off_route_clear"): _("OFF ROUTE clears when he has been back on the way for"),
            (M, "off_route_clear"): _("Back on the way means nearer to it than"),
            (M, "wrong_way"): _(
                "WRONG WAY is raised when he has fallen back along the way by more than"
            ),
            (S, "closing"): _("CLOSING looks ahead for"),
            (M, "closing"): _("CLOSING is raised when somebody would pass him closer than"),
            (S, "contact_old"): _("A report of somebody near him is old after"),
            (S, "link_weak"): _("The drone's link counts as weak when it has been for"),
            (S, "keep_up"): _("The drone falls behind when it has been too far from him for"),
            (M, "keep_up"): _("Too far means beyond its stand-off by more than"),
            (M, "stand_off"): _("The drone's stand-off from him is"),
            (S, "light"): _("LIGHT is raised before dark, where he is met, by"),
            (S, "unit_word"): _("The receiving unit's word that it is ready counts for"),
            (S, "relief_prepare"): _("To make the next drone ready takes"),
            (S, "relief_overlap"): _("Both drones see him at a hand-over for"),
            (S, "drone_landing"): _("To land takes a drone"),
            (S, "drone_reserve"): _("A drone's reserve, never planned away, is"),
            (S, "heartbeat_green"): _("His heartbeat is green while news of him is younger than"),
            (S, "heartbeat_amber"): _("His heartbeat is amber once news of him is as old as"),
            (S, "heartbeat_red"): _("His heartbeat is red once news of him is as old as"),
            (S, "sight_lost"): _("Once sighted, he counts as out of sight after"),
            (S, "missing_unanswered"): _("MISSING, answered by nobody, stands on record after"),
            (S, "alert_unanswered"): _(
                "An alert that nobody answers calls its owner, then the passage commander, each after"
            ),
            (S, "no_fire_validity"): _("A no-fire area goes out with a validity of"),
            (S, "no_fire_renew_before"): _("A no-fire area is renewed before its end by"),
            (M, "fence_margin"): _("A drone's fence reaches beyond every way of the plan by"),
            (M, "no_fire_margin"): _("A no-fire area reaches beyond every point of both ways by"),
        },
    ),
    (
        _("Reception"),
        {
            (S, "secure"): _("Weapons are safe and he is searched within"),
            (S, "out_of_danger"): _("He is taken out of danger, as the target, within"),
        },
    ),
    (
        _("Custody"),
        {
            (S, "card_warn"): _("A capture card that was not sent warns after"),
            (S, "card_breach"): _("A capture card that was not sent breaks its limit after"),
            (S, "bureau_notice"): _("The national bureau has its notice within"),
            (S, "approval_waits"): _(
                "What waits for a yes, or signed for its payment, calls somebody after"
            ),
            (S, "approval_old"): _("A yes is too old to be joined by another after"),
            (S, "custody_review"): _("His conditions are reviewed every"),
            (S, "transit_stay"): _("He is out of transit and in custody, at the latest, within"),
            (S, "visit_answer"): _("A delegate who asks for a visit has its place and time within"),
            (S, "voice_answer"): _("The ombudsman answers what he complains of or asks for within"),
            (S, "letters_target"): _(
                "Letters and cards are offered to him anew, as the target, within"
            ),
            (S, "letters_cap"): _(
                "Letters and cards are offered to him anew, at the latest, within"
            ),
            (S, "safety_check"): _(
                "After a missed check-in of aftercare somebody has looked after him within"
            ),
            (S, "aftercare_1"): _("The first check-in of aftercare comes after"),
            (S, "aftercare_2"): _("The second check-in of aftercare comes after"),
            (S, "aftercare_3"): _("The third check-in of aftercare comes after"),
            (S, "aftercare_4"): _("The fourth check-in of aftercare comes after"),
            (S, "aftercare_5"): _("The fifth check-in of aftercare comes after"),
        },
    ),
    (
        _("People"),
        {
            (S, "page_unanswered"): _(
                "A call that nobody answers goes to the next on the roster after"
            ),
        },
    ),
)


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit as the page shows it; `words` is its key where it has none."""

    words: Promise | str
    unit: str
    value: int

    @property
    def share(self) -> str:
        """Return thousandths as a figure: 150 is "0.15"."""
        return f"{self.value / 1000:g}"


def by_room(profile: Profile) -> Iterator[tuple[Promise, list[Limit]]]:
    """Yield each room's name with its limits, then whatever has no words yet."""
    left = {(S, key): value for key, value in profile.limits_s.items()}
    left |= {(M, key): value for key, value in profile.limits_m.items()}
    left |= {(P, key): value for key, value in profile.limits_milli.items()}
    for room, words in WORDS:
        rows = [Limit(said, at[0], left.pop(at)) for at, said in words.items() if at in left]
        if rows:
            yield room, rows
    if left:
        yield _("Others"), [Limit(key, unit, value) for (unit, key), value in sorted(left.items())]
