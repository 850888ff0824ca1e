"""What the live page shows: one keeper call opens it all; nothing is decided here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from safeconduct.access import queries as access
from safeconduct.access.keyring import Keyring
from safeconduct.access.rules import Officer, Purpose
from safeconduct.cases import gates
from safeconduct.escort import queries, rules
from safeconduct.escort.advice import ADVICE, Advice
from safeconduct.escort.map_page import Maps, maps_for
from safeconduct.escort.models import Alert, Escort, Instruction, NoFireArea
from safeconduct.escort.rules import Order
from safeconduct.escort.sealed import E7
from safeconduct.geo import Point
from safeconduct.passage import queries as passages
from safeconduct.passage.changing import Course
from safeconduct.passage.disclosing import NOTHING, UNIT, Sight, sight
from safeconduct.passage.plan import Content
from safeconduct.passage.rules import GOERS
from safeconduct.programme.profile import Profile


@dataclass(frozen=True, slots=True)
class AlertShown:
    """One alert with its words."""

    row: Alert
    advice: Advice
    measured: int
    taken_by: str
    answer: object
    yours: bool


@dataclass(frozen=True, slots=True)
class Ordered:
    """An instruction in force, and which parties have heard it."""

    row: Instruction
    by: str
    heard: Sequence[tuple[str, datetime | None]]
    yours: bool


@dataclass(frozen=True, slots=True)
class Live:
    """The whole page; `whole` says whether its map may show his way, `area_shown` the no-fire area."""

    ref: str
    whole: bool
    area_shown: bool
    case_ref: str
    state: str
    name: str
    shape: str
    escort: Escort | None
    heads: Sequence[tuple[str, int | None]]
    heartbeat: str
    news_at: datetime | None
    area: NoFireArea | None
    area_ack_old: bool
    alerts: Sequence[AlertShown]
    cleared: Sequence[AlertShown]
    orders: Sequence[Ordered]
    contacts: Sequence[tuple[str, datetime, bool]]
    read_backs: Sequence[tuple[str, str, datetime, bool]]
    signs: str
    letter: str
    has_plan: bool
    out: bool
    under_way: bool
    may: frozenset[str]
    battery: int | None
    maps: Maps | None
    now: datetime

    def _holds(self, *duties: str) -> bool:
        return bool(self.may & frozenset(duties))

    @property
    def relief_late(self) -> bool:
        """Return whether the next drone should have started."""
        return bool(self.escort and self.escort.relief_at and self.escort.relief_at <= self.now)

    @property
    def can_hold(self) -> bool:
        """Return whether HOLD may be pressed now."""
        held = any(each.row.order == Order.HOLD for each in self.orders)
        return self.under_way and not held and self._holds(*rules.STOPPERS)

    @property
    def goers(self) -> Sequence[str]:
        """Return this officer's duties that give GO, and take it back."""
        return [duty for duty in GOERS if self._holds(duty)]

    @property
    def can_lead(self) -> bool:
        """Return whether LEAD may be asked for."""
        return self.state == "SIGHTED" and self._holds("DPC", "PIL")

    @property
    def can_abort(self) -> bool:
        """Return whether ABORT may be pressed now."""
        return self.state in rules.ABORTABLE and self._holds(*rules.STOPPERS)

    @property
    def can_miss(self) -> bool:
        """Return whether he may be recorded as missing."""
        out = self.state in {"MOVING", "SIGHTED", "ABORTED"}
        return out and self._holds("PIL", "DPC", "FCO", "RCV")

    @property
    def can_fetch(self) -> bool:
        """Return whether this officer has a casualty fetched."""
        return self._holds("PIL", "RCV", "DPC", "OP")

    @property
    def units(self) -> Sequence[tuple[str, str]]:
        """Return the units whose map may show him, each with its number."""
        return [(name, name.partition(":")[2]) for name in rules.UNITS]

    @property
    def trackers(self) -> Sequence[tuple[str, str]]:
        """Return the trackers that may be his, each with its number."""
        return [(name, name.partition(":")[2] or "1") for name in rules.TRACKERS]

    @property
    def can_report(self) -> bool:
        """Return whether this officer reports contacts."""
        return self._holds("PIL", "DPC", "RCV")

    @property
    def can_place(self) -> bool:
        """Return whether this officer tells where he is: who sees him, or reads his words."""
        return self._holds("PIL", "OP", "DPC")

    @property
    def can_count(self) -> bool:
        """Return whether this officer counts heads."""
        begun = self.escort is not None and self.escort.began_at is not None
        return begun and self._holds("PIL", "RCV", "OP", "DPC")

    @property
    def can_search(self) -> bool:
        """Return whether this officer leads a search."""
        return self._holds("DPC", "PIL", "RCV", "FCO")

    @property
    def can_show(self) -> bool:
        """Return whether this officer gives the unit where he was last."""
        return self.state == "MISSING" and self._holds("DPC")

    @property
    def shown_until(self) -> datetime | None:
        """Return until when the unit sees where he was last, None where it does not."""
        until = self.escort.searched_until if self.escort else None
        return until if until and self.state == "MISSING" and self.now < until else None


@dataclass(frozen=True, slots=True)
class Opened:
    """A passage and its plan, opened in one call to the keeper; `content` is None without a plan.

    `sight` is what of the plan the officer may see; `told_all` that the last text of his way has left.
    """

    case_ref: str
    content: Content | None = None
    sight: Sight = NOTHING
    told_all: bool = False
    keys: Keyring | None = None
    letter: str = ""
    course: Course | None = None
    lives: bool = False
    read_backs: Sequence[passages.Spoken] = ()


def open_passage(officer: Officer, ref: str, *, now: datetime, limit: timedelta) -> Opened:
    """Return a passage and its plan, opened in one call to the keeper.

    Raises:
        Absent: there is no such passage, or it is not for `officer`.
    """
    passage = passages.passage_for(officer, Purpose.READ, ref=ref)
    living = passages.living_plan(passage)
    plan = living or passages.newest(list(passage.plans.all()))
    if plan is None:
        return Opened(passage.case_ref)
    keys = passages.keys_of(officer, Purpose.READ, passage)
    content = passages.content_of(keys, plan)
    stage = passages.stage_of(plan, content)
    return Opened(
        case_ref=passage.case_ref,
        content=content,
        sight=sight(officer.duties, stage),
        told_all=stage.told_all,
        keys=keys,
        letter=passages.letter_now(plan),
        course=passages.course_now(plan, content) if plan.letter else None,
        lives=living is not None,
        read_backs=passages.read_backs_in(keys, plan, now=now, limit=limit),
    )


def may_see_area(officer: Officer, seen: Sight) -> bool:
    """Return whether the no-fire area is drawn: it lies along his way, and the units' map has it."""
    return seen.whole or bool(UNIT & officer.duties)


def live_for(officer: Officer, *, ref: str, profile: Profile, now: datetime) -> Live:
    """Return the live page of one passage.

    Raises:
        Absent: there is no such passage, or it is not for `officer`.
    """
    limits = rules.limits_of(profile.limits_s, profile.limits_m)
    opened = open_passage(officer, ref, now=now, limit=limits.read_back)
    escort = Escort.objects.filter(passage=ref).first()
    state = queries.state_for(officer, opened.case_ref)
    area = _area(escort)
    alerts = _alerts(officer, escort, now=now)
    return Live(
        ref=ref,
        whole=opened.sight.whole,
        area_shown=may_see_area(officer, opened.sight),
        case_ref=opened.case_ref,
        state=state,
        name=gates.name_of(state),
        shape=gates.shape_of(state),
        escort=escort,
        heads=_heads(escort, opened),
        heartbeat=_heartbeat(escort, now=now, limits=limits),
        news_at=escort.news_at if escort else None,
        area=area,
        area_ack_old=area is not None
        and (area.acked_at is None or now - area.acked_at > limits.read_back),
        alerts=[each for each in alerts if each.row.cleared_at is None],
        cleared=[each for each in alerts if each.row.cleared_at is not None],
        orders=_orders(officer, escort),
        contacts=_contacts(escort, now=now, limits=limits),
        read_backs=_read_backs(opened.read_backs),
        signs=_signs(opened, profile, officer.language),
        letter=opened.letter,
        has_plan=opened.lives,
        out=queries.is_out(state),
        under_way=state in rules.ON_THE_WAY,
        may=frozenset(str(duty) for duty in officer.duties),
        battery=_battery(escort, opened),
        maps=maps_for(officer, escort, keys=opened.keys, met_at=_met_at(opened), now=now),
        now=now,
    )


def _met_at(opened: Opened) -> Point | None:
    """Return where he is met: where he is led now, the first place before he has chosen."""
    if opened.content is None:
        return None
    place = opened.content["places"][opened.letter or "A"]
    return Point(place["lat_e7"] / E7, place["lon_e7"] / E7)


def _area(escort: Escort | None) -> NoFireArea | None:
    return escort.areas.filter(ended_at=None).first() if escort else None


def _heartbeat(escort: Escort | None, *, now: datetime, limits: rules.Limits) -> str:
    if escort is None or escort.began_at is None:
        return "none"
    return rules.heartbeat(escort.news_at, now=now, limits=limits)


def _heads(escort: Escort | None, opened: Opened) -> list[tuple[str, int | None]]:
    counted: dict[str, int] = {}
    if escort is not None:
        for row in escort.heads.order_by("at", "pk"):
            counted[row.gate] = row.count
    planned = opened.content["heads"] if opened.content else None
    return [("plan", planned), *((gate, counted.get(gate)) for gate in rules.GATES)]


def _alerts(officer: Officer, escort: Escort | None, *, now: datetime) -> list[AlertShown]:
    rows = queries.alerts_of(escort) if escort else []
    names = access.names_of([row.taken_by for row in rows] + [row.answered_by for row in rows])
    return [_alert(officer, row, names, now=now) for row in rows]


def _alert(officer: Officer, row: Alert, names: dict[str, str], *, now: datetime) -> AlertShown:
    advice = ADVICE[row.cause]
    grows = row.unit == "s" and row.cleared_at is None
    since_s = round((now - row.raised_at).total_seconds()) if grows else 0
    return AlertShown(
        row=row,
        advice=advice,
        measured=row.measured + since_s,
        taken_by=names.get(row.taken_by, ""),
        answer=advice.answers[row.answer - 1] if row.answer else "",
        yours=row.owner in officer.duties,
    )


def _orders(officer: Officer, escort: Escort | None) -> list[Ordered]:
    if escort is None:
        return []
    rows = list(escort.instructions.filter(ended_at=None).order_by("-at"))
    names = access.names_of([row.by for row in rows])
    shown = []
    for row in rows:
        heard = {each.duty: each.at for each in row.heard.all()}
        parties = [(str(duty), heard.get(str(duty))) for duty in rules.PARTIES]
        mine = officer.duties & set(rules.PARTIES)
        yours = any(str(duty) not in heard for duty in mine)
        shown.append(Ordered(row, names.get(row.by, ""), parties, yours))
    return shown


def _contacts(
    escort: Escort | None, *, now: datetime, limits: rules.Limits
) -> list[tuple[str, datetime, bool]]:
    rows = escort.contacts.filter(ended_at=None) if escort else []
    old = limits.watch.contact_old
    return [(row.ref, row.reported_at, now - row.reported_at > old) for row in rows]


def _read_backs(
    spoken: Sequence[passages.Spoken],
) -> list[tuple[str, str, datetime, bool]]:
    names = access.names_of([each.person for each in spoken])
    newest: dict[str, tuple[str, str, datetime, bool]] = {}
    for each in spoken:
        line = (str(each.duty), names.get(each.person, ""), each.at, each.fresh)
        newest.setdefault(str(each.duty), line)
    return list(newest.values())


def _signs(opened: Opened, profile: Profile, language: str) -> str:
    if opened.content is None:
        return ""
    texts = {sign.key: sign.text for sign in profile.signs}
    first = profile.languages[0]
    return ", ".join(
        texts[key].get(language) or texts[key][first]
        for key in opened.content["signs"]
        if key in texts
    )


def _battery(escort: Escort | None, opened: Opened) -> int | None:
    if escort is None or opened.keys is None or not escort.aircraft:
        return None
    last = queries.last_fix(escort, "aircraft", keys=opened.keys)
    return last.health.get("battery_percent") if last else None
