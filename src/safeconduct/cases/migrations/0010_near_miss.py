"""A review is owed after every abort and every missing person.

SQLite makes the table anew for a constraint, and its triggers would be lost with the old one.
"""

from typing import Any

from django.db import migrations, models

_kept: list[str] = []


def keep(_apps: Any, editor: Any) -> None:
    """Remember the triggers of the table, where a constraint makes it anew."""
    if editor.connection.vendor != "sqlite":
        return
    with editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'cases_evidence'"
        )
        _kept[:] = [sql for (sql,) in cursor.fetchall()]


def bring_back(_apps: Any, editor: Any) -> None:
    """Put them on the new table."""
    for sql in _kept:
        editor.execute(sql, None)
    _kept.clear()


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0009_roll"),
    ]

    operations = [
        migrations.RunPython(keep, bring_back),
        migrations.RemoveConstraint(
            model_name="evidence",
            name="evidence_kind_is_known",
        ),
        migrations.AddConstraint(
            model_name="evidence",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "abort_order",
                            "abort_order_own",
                            "abort_reason",
                            "accepts_hold_abort",
                            "adult",
                            "all_burned",
                            "appeal",
                            "application_gaps",
                            "block_hash_only",
                            "both_acknowledged",
                            "bureau_asked",
                            "bureau_confirms_death",
                            "bureau_notice",
                            "bureau_notice_civilian",
                            "bureau_notice_escape",
                            "bureau_notice_release",
                            "bureau_notice_return",
                            "burned_and_warned",
                            "cannot_move",
                            "capture_card",
                            "card_again",
                            "challenge_noted",
                            "changed_his_mind",
                            "checkin_missed",
                            "child_body_accepted",
                            "child_heard",
                            "child_officer",
                            "child_papers",
                            "choice_again",
                            "civilian",
                            "clean_channel",
                            "cleared_by_challenge",
                            "compromise_grounds",
                            "core_if_any_kept",
                            "core_kept",
                            "days_180",
                            "days_30",
                            "days_30_no_appeal",
                            "days_365",
                            "death_certificate",
                            "death_confirmed",
                            "death_proved",
                            "debrief",
                            "drone_on_station",
                            "earlier_case_sought",
                            "effects_returned",
                            "effects_returned_medical",
                            "effects_to_kin",
                            "family_pledges_closed",
                            "fires_told",
                            "first_aid",
                            "fit",
                            "force_review",
                            "force_review_second",
                            "force_spoken",
                            "four_items",
                            "four_items_and_rights",
                            "guardian_or_lawyer",
                            "handover_given",
                            "handover_signed",
                            "handover_taken",
                            "he_and_case",
                            "he_came_again",
                            "he_is_back",
                            "he_is_safe",
                            "head_count",
                            "his_application",
                            "his_no",
                            "his_wish",
                            "his_wish_to_leave",
                            "his_yes",
                            "identified_again",
                            "identity_anew",
                            "identity_b",
                            "impostor_checklist",
                            "in_custody_matched",
                            "informed_choice",
                            "injuries_noted",
                            "inquiry",
                            "kin_told",
                            "language_noted",
                            "medic_took_him",
                            "medical_check",
                            "minimum_data",
                            "near_miss",
                            "no_fire_ack",
                            "no_fire_again",
                            "no_fire_decided",
                            "no_fire_ended",
                            "no_fire_kept",
                            "no_freeze",
                            "no_open_search",
                            "no_pledge_open",
                            "non_refoulement",
                            "not_verified_before",
                            "nothing_owed",
                            "offers_checked",
                            "passes_challenge",
                            "phone_safety",
                            "plan_lapsed",
                            "plan_valid",
                            "pledges_closed",
                            "pledges_countersigned",
                            "pledges_explained",
                            "position_class",
                            "privacy_notice",
                            "private_interview",
                            "property_list",
                            "read_back_dpc",
                            "read_back_fco",
                            "read_back_rcv",
                            "read_backs",
                            "receipt_started",
                            "receiver_acknowledged",
                            "receiver_confirmed",
                            "receiving_party",
                            "reception_owes",
                            "referral_reason",
                            "refusal_grounds",
                            "refusal_reasons",
                            "refusing_costs_nothing",
                            "repatriation_or_civilian",
                            "retention_applied",
                            "rights_sheet",
                            "risk_sheet",
                            "safe_closing_text",
                            "safe_window",
                            "same_person",
                            "search_carried_out",
                            "search_done",
                            "search_started",
                            "seizure_looked_at",
                            "sign_noted",
                            "signs_match",
                            "signs_read_back",
                            "silence_looked_at",
                            "silent_180",
                            "status_decided",
                            "supervisor_decision",
                            "survivor_pledges_closed",
                            "threat_review",
                            "threat_review_all",
                            "three_tests",
                            "told_burned",
                            "touch_plan",
                            "transfer_papers",
                            "turn_back_text",
                            "two_places",
                            "two_signals",
                            "unit_on_station",
                            "verified_before",
                            "weapons_and_search",
                            "weapons_safe",
                            "weather_battery",
                            "where_he_wishes",
                            "words_agreed",
                        ],
                    )
                ),
                name="evidence_kind_is_known",
            ),
        ),
        migrations.RunPython(bring_back, keep),
    ]
