"""Verbs of the escort. One function, one transaction, one line in the journal."""

from safeconduct.escort.actions.alarms import (
    answer,
    call_unanswered,
    judge,
    judge_place,
    judge_way,
    take,
)
from safeconduct.escort.actions.areas import (
    MAPS,
    acknowledge_area,
    end_area,
    publish_area,
    renew_areas,
    request_area,
)
from safeconduct.escort.actions.kits import Held, arm, core_from_kits, from_kit
from safeconduct.escort.actions.orders import abort, end_hold, hear, hold, lead, tell_all
from safeconduct.escort.actions.seeing import (
    count_heads,
    end_contact,
    mark,
    missing,
    on_station,
    report_contact,
    search_started,
    sighted,
    unit_not_ready,
    unit_on_station,
    weather_checked,
)
from safeconduct.escort.actions.tracks import begin_and_end, forget, record_positions, stored_track

__all__ = [
    "MAPS",
    "Held",
    "abort",
    "acknowledge_area",
    "answer",
    "arm",
    "begin_and_end",
    "call_unanswered",
    "core_from_kits",
    "count_heads",
    "end_area",
    "end_contact",
    "end_hold",
    "forget",
    "from_kit",
    "hear",
    "hold",
    "judge",
    "judge_place",
    "judge_way",
    "lead",
    "mark",
    "missing",
    "on_station",
    "publish_area",
    "record_positions",
    "renew_areas",
    "report_contact",
    "request_area",
    "search_started",
    "sighted",
    "stored_track",
    "take",
    "tell_all",
    "unit_not_ready",
    "unit_on_station",
    "weather_checked",
]
