"""The verbs of the one door for words."""

from safeconduct.post.actions.admit import (
    Admitted,
    admit,
    e164,
    known_senders,
    meet_senders,
    overdue_parts,
    person_behind,
    stop_unopened,
)
from safeconduct.post.actions.armed import arm, unarmed
from safeconduct.post.actions.campaigns import (
    Hours,
    Rate,
    pause_campaign,
    queue_campaign,
    resume_campaign,
)
from safeconduct.post.actions.claiming import (
    Claimed,
    claim_campaigns,
    paced,
    unwritten_batches,
    write_batch,
)
from safeconduct.post.actions.comparing import compare_phones
from safeconduct.post.actions.door import check_words, may_say, send, verify_tokens
from safeconduct.post.actions.linking import link_for, put_link, say_linked, undo_link
from safeconduct.post.actions.lists import (
    Listed,
    drop_more,
    drop_recipients,
    put_list,
    read_part,
)
from safeconduct.post.actions.mapped import MAPS, draw, drawn_waiting, served
from safeconduct.post.actions.outbox import (
    Claim,
    claim_live,
    unwritten,
)
from safeconduct.post.actions.receipts import settle_receipt, settle_waiting_receipts
from safeconduct.post.actions.restoring import bring_opt_out_back, leave_unsent
from safeconduct.post.actions.settling import give_up_waiting, settle_result, settle_results
from safeconduct.post.actions.stopping import (
    STOP_WAITS,
    close_window,
    end_hold,
    enter_spooled_stops,
    erase_person,
    hold,
    open_window,
    opt_out,
)
from safeconduct.post.actions.strangers import Meeting
from safeconduct.post.actions.told import settle_campaigns
from safeconduct.post.actions.veiled import tell_veiled

__all__ = [
    "MAPS",
    "STOP_WAITS",
    "Admitted",
    "Claim",
    "Claimed",
    "Hours",
    "Listed",
    "Meeting",
    "Rate",
    "admit",
    "arm",
    "bring_opt_out_back",
    "check_words",
    "claim_campaigns",
    "claim_live",
    "close_window",
    "compare_phones",
    "draw",
    "drawn_waiting",
    "drop_more",
    "drop_recipients",
    "e164",
    "end_hold",
    "enter_spooled_stops",
    "erase_person",
    "give_up_waiting",
    "hold",
    "known_senders",
    "leave_unsent",
    "link_for",
    "may_say",
    "meet_senders",
    "open_window",
    "opt_out",
    "overdue_parts",
    "paced",
    "pause_campaign",
    "person_behind",
    "put_link",
    "put_list",
    "queue_campaign",
    "read_part",
    "resume_campaign",
    "say_linked",
    "send",
    "served",
    "settle_campaigns",
    "settle_receipt",
    "settle_result",
    "settle_results",
    "settle_waiting_receipts",
    "stop_unopened",
    "tell_veiled",
    "unarmed",
    "undo_link",
    "unwritten",
    "unwritten_batches",
    "verify_tokens",
    "write_batch",
]
