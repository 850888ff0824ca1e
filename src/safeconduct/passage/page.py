"""What the pages of this room show, gathered with one call to the keeper a page."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from safeconduct.access import known
from safeconduct.access import queries as people
from safeconduct.access.keyring import Keyring
from safeconduct.access.rules import Act, Duty, Given, Officer, Purpose, spoken
from safeconduct.cases import queries as cases
from safeconduct.cases import rules as case_rules
from safeconduct.cases.machine import MACHINE
from safeconduct.conversations import queries as conversations
from safeconduct.passage import changing, dangers, layers, queries, roads, rules, vehicles, voice
from safeconduct.passage.actions import EVIDENCE, choices
from safeconduct.passage.changing import SWITCH
from safeconduct.passage.choosing import Draft, choice_names, draft_of, labels, sources
from safeconduct.passage.disclosing import NOTHING, Sight, sight
from safeconduct.passage.models import Passage, Plan
from safeconduct.passage.outlook import Request
from safeconduct.passage.plan import Content
from safeconduct.passage.reports import danger_of
from safeconduct.passage.rules import APPROVE, GO, State
from safeconduct.passage.sheet import Sheet, area_named, named, sheet_of, switch_in_words
from safeconduct.passage.since import Since, since
from safeconduct.post.rules import KNOW_OF_FORCE
from safeconduct.programme.profile import Profile
from safeconduct.refusal import Refusal, Refused
from safeconduct.ways.danger import Danger


@dataclass(frozen=True, slots=True)
class Yes:
    """Who has said yes, when."""

    name: str
    duty: Duty
    at: datetime


@dataclass
class Page:
    """One passage as its page shows it to one officer."""

    passage: Passage
    plan: Plan | None
    case_state: str
    mine: bool
    map_name: str
    map_version: str
    request: Request | None = None
    content: Content | None = None
    starts_at: datetime | None = None
    clock: str = ""  # when he sets out, on our watch
    vehicle: str = ""  # by what he comes, in words
    lapses_at: datetime | None = None
    sight: Sight = NOTHING
    place: dict[str, str] = field(default_factory=dict)  # by name, or by its area
    signs: str = ""
    sheet: Sheet | None = None
    counters: Sequence[queries.Countered] = ()
    spoken: str = ""  # the beginning of the digest, as it is read to another
    dangers: Sequence[Danger] = ()
    draft: Draft | None = None
    since: Since | None = None  # what reports made of the plan's ways since
    planner: str = ""
    yeses: Sequence[Yes] = ()
    goes: Sequence[Yes] = ()
    read_backs: Sequence[queries.Spoken] = ()
    names: dict[str, str] = field(default_factory=dict)
    acts: Sequence[Act] = ()
    go_acts: Sequence[Act] = ()
    switch_acts: Sequence[Act] = ()
    switch_asked: str = ""  # the leg that was asked for, in words
    switch_yeses: Sequence[Yes] = ()
    may_switch: Sequence[tuple[int, str]] = ()
    may_hold_at: Sequence[tuple[int, str]] = ()
    letter: str = ""
    go_waits: Refusal | None = None  # why nobody may give GO yet
    needs: Sequence[case_rules.Need] = ()
    may_record: Sequence[tuple[str, str]] = ()
    may_read_back: Sequence[Duty] = ()
    his_texts: Sequence[conversations.HisText] = ()
    told: Sequence[str] = ()
    legs: Sequence[dict[str, Any]] = ()
    voiced: Sequence[dict[str, Any]] = ()  # what may be read to him now, leg by leg

    @property
    def minutes(self) -> dict[str, int]:
        """Return how long each way takes."""
        ways = self.content["ways"] if self.content else {}
        return {letter: round(way["time_s"] / 60) for letter, way in ways.items()}

    @property
    def danger_lines(self) -> list[tuple[Danger, str, str]]:
        """Return the reports near this passage, with what their kind and source are called."""
        kinds, told_by = labels(), sources()
        return [(each, kinds[each.kind], told_by[each.source]) for each in self.dangers]

    @property
    def untold(self) -> bool:
        """Return whether a leg is left to tell."""
        return any(leg["part"] not in self.told for leg in self.legs)

    @property
    def hidden(self) -> dict[str, str]:
        """Return what goes with every yes: the plan it is for."""
        return {"plan": self.plan.ref if self.plan else ""}

    @property
    def urls(self) -> dict[str, str]:
        """Return where a yes is sent."""
        return {act: f"/passage/{self.passage.ref}/{act}/" for act in ("approve", "go", "switch")}

    @property
    def state(self) -> str:
        """Return the state of the plan shown."""
        return queries.state_shown(self.plan)

    @property
    def living(self) -> bool:
        """Return whether the plan shown lives."""
        return self.plan is not None and State(self.plan.state) in rules.LIVING


def page_for(
    officer: Officer, *, ref: str, profile: Profile, now: datetime, anew: bool = False
) -> Page:
    """Return one passage as `officer` may see it and act on it.

    Args:
        anew: the planner wants to choose again though a plan is up for approval.

    Raises:
        Absent: there is none, or it is not for `officer`.
        Refused: his duty opens no place.
    """
    passage = queries.passage_for(officer, Purpose.READ, ref=ref)
    plan = queries.living_plan(passage) or queries.newest(list(passage.plans.all()))
    if plan is not None:
        known.show(officer, plan.ref, behind=passage.case_ref)
    keys = queries.keys_of(officer, Purpose.READ, passage)
    held = roads.current()
    page = Page(
        passage,
        plan,
        cases.state_of(officer, Purpose.READ, ref=passage.case_ref),
        Duty.PLN in officer.duties,
        held[0] if held else "",
        held[1].version if held else "",
    )
    if page.mine:
        page.counters = queries.counters_in(keys, passage)
        page.request = queries.request_in(keys, passage)
        page.dangers = dangers.near_passage(officer, keys, passage, profile=profile)
    if plan is not None:
        _show_plan(page, plan, officer, keys, profile=profile, now=now)
        _show_acts(page, plan, officer, profile=profile, now=now)
    _show_draft(page, officer, profile=profile, now=now, anew=anew)
    return page


def _show_plan(
    page: Page, plan: Plan, officer: Officer, keys: Keyring, *, profile: Profile, now: datetime
) -> None:
    content = queries.content_of(keys, plan)
    page.sight = sight(officer.duties, queries.stage_of(plan, content))
    if page.sight.whole and State(plan.state) in rules.LIVING:
        page.since = since(keys, plan)
    limits = queries.limits_of(profile)
    page.content, page.starts_at = content, queries.starts_at(content)
    page.clock = f"{page.starts_at.astimezone(ZoneInfo(profile.zone)):%H:%M}"
    page.vehicle = vehicles.named(content["vehicle"], content["size"])
    page.place = {
        at: named(each["names"]) if at in page.sight.places else area_named(content, at)
        for at, each in content["places"].items()
    }
    page.signs = content["sign_texts"].get("en") or next(iter(content["sign_texts"].values()), "")
    page.spoken = spoken(bytes(plan.digest))
    if page.sight.whole:
        page.sheet = sheet_of(content, zone=profile.zone)
    page.read_backs = queries.read_backs_in(keys, plan, now=now, limit=limits.read_back)
    given, went = queries.given_to(plan, APPROVE), queries.given_to(plan, GO)
    turned = queries.given_to(plan, SWITCH)
    refs = {
        plan.made_by,
        *(g.person for g in (*given, *went, *turned)),
        *(r.person for r in page.read_backs),
    }
    page.names = people.names_of(refs)
    page.planner = page.names.get(plan.made_by, "")
    page.yeses, page.goes = _yeses(given, page.names), _yeses(went, page.names)
    page.lapses_at = plan.approved_at + limits.approval if plan.approved_at else None
    page.told = list(plan.said.order_by("pk").values_list("part", flat=True))
    if plan.gone_at:
        _show_course(page, plan, content)
    if page.living and plan.letter:
        page.voiced = _voiced(plan, content, page.told)


def _voiced(plan: Plan, content: Content, left: Sequence[str]) -> list[dict[str, Any]]:
    """Return what may be read to him: the first leg, then each part whose text has left."""
    newest = {each.part: each.rightly for each in queries.said_back_in(plan)}
    return [
        {"part": part, "words": words, "rightly": newest.get(part)}
        for part, words in queries.course_now(plan, content).readings
        if part in left or part == voice.FIRST
    ]


def _show_course(page: Page, plan: Plan, content: Content) -> None:
    """Show how he is led now, and where he could be led or let wait instead."""
    course = queries.course_now(plan, content)
    page.legs, page.letter = course.texts, course.letter
    if not page.sight.whole:  # what was told, and the one that is next
        page.legs = course.texts[: sum(leg["part"] in page.told for leg in course.texts) + 1]
    page.may_hold_at = [(hold["leg"], named(hold["names"])) for hold in course.holds]
    way = content["ways"][plan.letter]
    turns = [
        (each["leg"], switch_in_words(content, plan.letter, each["leg"]))
        for each in way["switches"]
        if not each["why"]
    ]
    if page.living and not plan.switched_to and changing.TO_OTHER in content["words"]:
        page.may_switch = turns
        page.switch_asked = dict(turns).get(plan.switch_leg or 0, "")
    page.switch_yeses = _yeses(queries.given_to(plan, SWITCH), page.names)


def _yeses(given: Sequence[Given], names: dict[str, str]) -> list[Yes]:
    return [Yes(names.get(g.person, g.person), g.duty, g.at) for g in given]


def _show_acts(
    page: Page, plan: Plan, officer: Officer, *, profile: Profile, now: datetime
) -> None:
    state = State(plan.state)
    author = officer.ref == plan.made_by
    if state in {State.DRAFT, State.ONE_OF_TWO} and not author:
        page.acts = _open_acts(plan, officer, APPROVE, rules.APPROVERS)
    if state is State.AGREED and plan.gone_at is None and page.starts_at is not None:
        said, limits = queries.read_backs_of(plan), queries.limits_of(profile)
        page.go_waits = rules.may_give_go(
            state,
            read_backs=said,
            approved_at=plan.approved_at,
            starts_at=page.starts_at,
            now=now,
            limits=limits,
        ) or voice.misheard(queries.said_back_in(plan))
        mine = {
            r.duty
            for r in rules.fresh(said, now=now, limit=limits.read_back)
            if r.person == officer.ref
        }
        if page.go_waits is None and not author:
            page.go_acts = _open_acts(plan, officer, GO, sorted(mine))
    if page.switch_asked and not author:
        page.switch_acts = _open_acts(plan, officer, SWITCH, changing.SWITCHERS)
    if state in rules.LIVING:
        page.may_read_back = [duty for duty in rules.GOERS if duty in officer.duties]
        page.needs = _needs(officer, plan, page.case_state, profile=profile, now=now)
        wanted = {need.kind.slug: need.kind for need in page.needs}
        page.may_record = [
            (slug, kind.text)
            for slug, kind in wanted.items()
            if slug in EVIDENCE and kind.by & officer.duties
        ]
    case = cases.case_for(officer, Purpose.READ, ref=plan.passage.case_ref)
    if state is State.OFFERED and Duty.OP in officer.duties and plan.offered_at:
        page.his_texts = conversations.his_texts_since(
            officer, Purpose.READ, ref=case.conversation_ref, since=plan.offered_at
        )


def _open_acts(plan: Plan, officer: Officer, verb: str, duties: Sequence[Duty]) -> list[Act]:
    if any(each.person == officer.ref for each in queries.given_to(plan, verb)):
        return []
    return [queries.act_for(plan, verb, duty) for duty in duties if duty in officer.duties]


def _needs(
    officer: Officer, plan: Plan, case_state: str, *, profile: Profile, now: datetime
) -> Sequence[case_rules.Need]:
    """Return what the case's next step asks for beside the yeses, missing first.

    Where suspected force is hidden from the reader, it is judged as it stood before.
    """
    to = {"READY": "PLANNED", "AGREED": "MOVING"}.get(case_state)
    if to is None:
        return ()
    case = cases.case_for(officer, Purpose.READ, ref=plan.passage.case_ref)
    standing = cases.standing_of(case)
    if standing.state != case_state:
        since = plan.agreed_at or plan.passage.opened_at
        standing = replace(standing, state=case_state, entered_at=since)
    if not KNOW_OF_FORCE & officer.duties:
        standing = replace(standing, frozen=False)
    return case_rules.needs(MACHINE, standing, to, now=now, limits_s=profile.limits_s)


def _show_draft(
    page: Page, officer: Officer, *, profile: Profile, now: datetime, anew: bool
) -> None:
    """Show the places to choose from, to a planner, while nothing was told to him yet."""
    held = roads.current()
    if not page.mine or held is None or page.case_state != "READY" or (page.living and not anew):
        return
    if page.passage.ended_at is not None:
        return
    outlook = choices(officer, ref=page.passage.ref, roads=held[1], profile=profile, now=now)
    page.draft = draft_of(outlook, profile=profile, now=now)


def layer_for(
    officer: Officer, *, ref: str, profile: Profile, now: datetime, anew: bool = False
) -> dict[str, Any]:
    """Return what the map of a passage draws, for those let in.

    Raises:
        Absent: there is none, or it is not for `officer`.
    """
    passage = queries.passage_for(officer, Purpose.READ, ref=ref)
    keys = queries.keys_of(officer, Purpose.READ, passage)
    plan = queries.living_plan(passage)
    held = roads.current()
    features: list[dict[str, Any]] = []
    drawn_with: list[Danger] = []
    if plan is not None and not anew:
        content = queries.content_of(keys, plan)
        seen = sight(officer.duties, queries.stage_of(plan, content))
        features += layers.plan_layer(content, labels=labels(), seen=seen)
        if seen.whole:
            drawn_with = [danger_of(each) for each in content["dangers"]]
    elif Duty.PLN in officer.duties and held is not None:
        features += _draft_features(officer, passage, keys, profile=profile, now=now)
    if Duty.PLN in officer.duties:  # what stands now; others see what the plan was made with
        drawn_with = dangers.near_passage(officer, keys, passage, profile=profile)
    features += layers.danger_layer(drawn_with, now=now, labels=labels())
    return {"type": "FeatureCollection", "features": features, "bounds": layers.bounds_now()}


def _draft_features(
    officer: Officer, passage: Passage, keys: Keyring, *, profile: Profile, now: datetime
) -> list[dict[str, Any]]:
    held = roads.current()
    request = queries.request_in(keys, passage)
    outlook, names = None, {}
    try:
        if held is not None:
            outlook = choices(officer, ref=passage.ref, roads=held[1], profile=profile, now=now)
            names = choice_names(outlook)
    except Refused:  # the burned list is closed to him; the map still shows where he starts
        outlook = None
    return list(layers.draft_layer(request, outlook, names=names, labels=labels()))
