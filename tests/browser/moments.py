"""Which pages of the console are looked at while the built-in story is played, when, and by whom.

A moment comes right after an act: named by the button it pressed (`data-act`), else by the sentence
the exercise file says it with. A moment that never comes is a fault of this table, and is said so.
"""

from dataclasses import dataclass

from safeconduct.exercise.story import Act


@dataclass(frozen=True)
class Moment:
    """One page at one moment of the story.

    Attributes:
        name: of the pictures.
        after: `data-act` of the button pressed last, or the sentence of the act.
        who: staff key; "" for somebody who has not signed in.
        at: console path, with the story's {names}.
        hand: look at it on a telephone as well.
        paper: look at it printed as well.
    """

    name: str
    after: str
    who: str
    at: str
    hand: bool = False
    paper: bool = False


VERSION = "which version he was shown, when and by which channel, stands in his conversation"
REFUSED = "a standard with a condition is refused, by the form and by the database"
OWN = "the author cannot approve his own campaign: the button is not there"
DONE = "who said stop is counted: in Latin, Cyrillic and Arabic letters, and with a nought"
SAID = "the page says that nothing on it may be published yet"
STOPPED = "STOPPED, once, with its owner and what to do"
CLOSING = "CLOSING, once: time to the closest approach, and whose it is"
RATE = "the kept-rate is computed, never typed; what was given up and postponed stands beside it"
LAWFUL = "the lawyer has checked every offer he was shown"
READ = "and Receiving 7 in his"

MOMENTS = (
    Moment("sign-in", "pledges.propose", "", "/sign-in/", hand=True),
    Moment("offers-new", "pledges.propose", "off", "/pledges/offers/new/"),
    Moment("for-you", REFUSED, "leg", "/", hand=True, paper=True),
    Moment("offers-approval", REFUSED, "leg", "/pledges/offers/{reward}/", paper=True),
    Moment("offers", "both are in force", "plg", "/pledges/"),
    Moment("campaign-draft", "both are in force", "cam", "/outreach/draft"),
    Moment("campaign-approval", OWN, "leg", "/outreach/{campaign}/"),
    # not between his first text and the taking of it: others who wrote meanwhile would come first
    Moment("conversations-queue", "conversations.take", "op2", "/conversations/", hand=True),
    Moment("campaign-begun", "conversations.take", "cam", "/outreach/{campaign}/"),
    Moment("conversation", VERSION, "op", "/conversations/{talk}/", hand=True, paper=True),
    Moment("campaign", DONE, "cam", "/outreach/{campaign}/", paper=True),
    Moment("campaigns", DONE, "cam", "/outreach/"),
    Moment("texts", DONE, "sup", "/conversations/texts/"),
    Moment("case-approval", "cases.propose", "ver", "/cases/{case}/", paper=True),
    Moment("case", "ready", "op", "/cases/{case}/", hand=True, paper=True),
    Moment("cases", "ready", "op", "/cases/"),
    Moment("readings", "ready", "sup", "/conversations/second-readings/"),
    Moment("passage-plan", "passage.danger", "pln", "/passage/{passage}/?anew=1"),
    Moment("passage-approval", LAWFUL, "leg", "/passage/{passage}/", paper=True),
    Moment("passage-told", "passage.offer", "op", "/passage/{passage}/"),
    Moment("passage-go", READ, "fco", "/passage/{passage}/", hand=True),
    Moment("passages", READ, "dpc", "/passage/"),
    Moment("for-you-commander", READ, "dpc", "/"),
    Moment("escort-before", READ, "pil", "/escort/{passage}/"),
    Moment("escorts", STOPPED, "dpc", "/escort/"),
    Moment("escort-stopped", STOPPED, "pil", "/escort/{passage}/", hand=True, paper=True),
    Moment("case-moving", STOPPED, "dpc", "/cases/{case}/"),
    Moment("escort-closing", CLOSING, "dpc", "/escort/{passage}/"),
    Moment("escort-held", "escort.hold", "dpc", "/escort/{passage}/"),
    Moment("reception-coming", "sighted", "rcv", "/reception/", hand=True),
    Moment("reception-contact", "contact", "rcv", "/reception/{case}/", hand=True),
    Moment("reception", "reception.handover", "rcp", "/reception/{case}/", hand=True, paper=True),
    Moment("reception-giver", "reception.handover", "rcv", "/reception/{case}/", hand=True),
    Moment("custodies", "custody.inspect", "rcp", "/custody/"),
    Moment("custody-due", "custody.inspect", "rcp", "/custody/due/"),
    Moment("custody", "custody.letters", "rcp", "/custody/{case}/", paper=True),
    Moment("visits", "custody.visit_ask", "del", "/custody/visits/"),
    Moment("voices", "custody.hear", "omb", "/custody/voices/"),
    Moment("voice", "custody.hear", "omb", "/custody/voices/{voice}/"),
    Moment("custody-choice", "custody.interview", "leg", "/custody/{case}/"),
    Moment("pledges", "pledges.postpone", "plg", "/pledges/", hand=True, paper=True),
    Moment("pledges-kept", RATE, "plg", "/pledges/"),
    Moment("case-after", RATE, "plg", "/cases/{case}/"),
    Moment("picture-entry", "situation.claim", "pub", "/situation/"),
    Moment("picture", SAID, "sup", "/situation/", hand=True, paper=True),
    Moment("audit", SAID, "aud", "/audit/", paper=True),
    Moment("people", SAID, "admin", "/people/", hand=True),
    Moment("person", SAID, "admin", "/people/{op.ref}/"),
    Moment("mine", SAID, "op", "/people/me/"),
    Moment("roster", SAID, "dpc", "/people/roster/"),
    Moment("settings", SAID, "admin", "/settings/"),
    Moment("not-found", SAID, "op", "/cases/{case}/"),
)

# Each of the console's main pages once, with something on it: those that `just test` looks at.
MAIN = (
    *("conversations-queue", "conversation", "campaign", "case", "passage-go", "escort-stopped"),
    *("reception", "custody", "pledges", "picture", "audit", "people", "settings"),
)


def after(act: Act, taken: set[str]) -> list[Moment]:
    """Return the moments that come right after `act`, first time round."""
    return [m for m in MOMENTS if m.after in {act.press, act.does} and m.name not in taken]
