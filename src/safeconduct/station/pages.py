"""The station's page as HTML: what must I do this minute. Every word from outside is escaped; nothing is decided."""

from datetime import datetime, timedelta
from html import escape

from safeconduct.station.drawing import picture
from safeconduct.station.seen import AlertSeen, Seen
from safeconduct.station.stopping import MAPS, PILOT
from safeconduct.station.under import at_of
from safeconduct.station.words import Say

CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)


def page(language: str, live: str, *, locked: bool, acts: str, _: Say) -> bytes:
    """Return the frame round what is live."""
    title = _("Station")
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title>"
        '<link rel="stylesheet" href="/station.css"><script src="/station.js" defer></script>'
        f'</head><body data-locked="{int(locked)}"><header><h1>{escape(title)}</h1>'
        f'<p class="gone danger" role="status"><b>{escape(_("The station has stopped: start it again. What stands here is old."))}</b></p>'
        f'</header><main><div id="live" aria-live="polite">{live}</div>{acts}</main>{_foot(_, locked=locked)}</body></html>'
    ).encode()


def _foot(_: Say, *, locked: bool) -> str:
    again = _("A again stops everything")
    lock = "" if locked else _button("lock", "L", _("Lock the page"), "plain")
    words, aside = _("ABORT, stop everything"), _("Two presses, no passphrase, no reason.")
    return (
        f'<footer><p class="aside">{escape(aside)}</p>{lock}<form method="post" action="/abort">'
        f'<button class="abort" data-key="a" data-again="{escape(again)}"><span>{escape(words)}</span> '
        "<kbd>A</kbd><kbd>A</kbd></button></form></footer>"
    )


def _button(act: str, key: str, words: str, kind: str = "") -> str:
    return (
        f'<form method="post" action="/{act}"><button class="{kind}" data-key="{key.lower()}">'
        f"{escape(words)} <kbd>{key}</kbd></button></form>"
    )


def locked(seen: Seen | None, link: str, *, wrong: str, _: Say) -> str:
    """Return what a locked page shows: no place, no cause; that it watches, and how many alerts stand."""
    watching = ""
    if seen is not None:
        count = len(seen.alerts)
        watching = (
            f'<p class="{"danger" if count else "calm"}">{_("Alerts that stand:")} {count}</p>'
        )
        if late := sum(each.late for each in seen.alerts):
            words = _(
                "Nobody has taken them: open the page, or call the passage commander by voice."
            )
            watching += f'<p class="late" data-late="1"><b>{late}: {escape(words)}</b></p>'
        watching += (
            f"<p>{escape(_('It watches on behind the lock: track, alerts and ABORT go on.'))}</p>"
        )
        watching += _aborted(seen, _)
    return f"{link}{watching}<p>{escape(wrong)}</p>"


def unlock(_: Say) -> str:
    """Return the form that opens a locked page."""
    return (
        '<form method="post" action="/unlock" class="words"><label for="words">'
        f'{escape(_("Passphrase of this station"))}</label><input id="words" name="words" type="password" '
        f'autocomplete="off" required><button>{escape(_("Open"))}</button></form>'
    )


def acts(seen: Seen | None, _: Say) -> str:
    """Return what somebody at the station may say; nothing of it commands an aircraft."""
    if seen is None:
        return ""
    heads = f'<label>{escape(_("people"))} <input name="heads" inputmode="numeric" size="3" required></label>'
    return (
        f'<section class="acts" aria-label="{escape(_("What you see"))}">'
        f"{_button('mark', 'M', _('I see him, under the drone'))}"
        f'<form method="post" action="/sighted"><button data-key="s">{escape(_("The mutual sign was given"))} <kbd>S</kbd>'
        f"</button>{heads}</form>"
        f'<form method="post" action="/here"><button data-key="h">{escape(_("He is here"))} <kbd>H</kbd></button>{heads}</form>'
        f"{_button('fires', 'F', _('Fires acknowledge')) if seen.marker else ''}</section>{_fence(seen, _)}"
    )


def link(*, linked: bool, since: datetime, seen: Seen | None, now: datetime, _: Say) -> str:
    """Return the line about the way home: there or cut, since when, and what waits."""
    words = _("Link home: there") if linked else _("Link home: CUT")
    told = f'<p class="link {"calm" if linked else "attention"}"><b>{escape(words)}</b> {_ago(now - since, _)}'
    if seen is not None and seen.waiting:
        told += f" · {escape(_('records that wait for the core:'))} {seen.waiting}"
    told += "</p>"
    if seen is not None and seen.full:
        full = _("The disk takes nothing: make room. What you see is live, and is not kept.")
        told += f'<p class="danger"><b>{escape(full)}</b></p>'
    return told


def idle(_: Say) -> str:
    """Return what is shown while no passage is held."""
    return f"<p>{escape(_('No passage is given to this station. What was here is forgotten.'))}</p>"


def live(seen: Seen, _: Say) -> str:
    """Return what is live: alerts first, then where he is, then the drone."""
    first = next((each for each in seen.alerts if each.here_at is None), None)
    alerts = "".join(_alert(each, seen.now, _, first=each is first) for each in seen.alerts)
    if not alerts:
        alerts = f'<p class="calm">{escape(_("No alert stands"))}. {escape(_("No news is bad news, and would stand here."))}</p>'
    where, drone = _where(seen, _), _drone(seen, _)
    waits = f'{_around(seen, _)}<p class="aside">{escape(seen.waits)}</p>'
    drawn = picture(seen, sentence=f"{_('The agreed way, and where he is:')} {where}")
    return (
        f'{_aborted(seen, _)}<div class="told"><section class="alerts">{alerts}</section><section>'
        f"<h2>{escape(_('Where he is'))}</h2><p>{where}</p><h2>{escape(_('Drone'))}</h2><p>{drone}</p>{waits}"
        f"</section></div>{drawn}"
    )


def _alert(told: AlertSeen, now: datetime, _: Say, *, first: bool) -> str:
    alert = told.alert
    kind = "danger" if alert.grave else "attention"
    amount = f"{alert.measured} {alert.unit}" if alert.unit in {"m", "s"} else str(alert.measured)
    limit = f"{_('limit')} {alert.limit}" if alert.limit else ""
    return (
        f'<article class="alert {kind}" data-key-of="{escape(alert.key)}"><h2>{escape(told.title)}</h2>'
        f'<p><b>{escape(_("You:"))}</b> {escape(told.now)}</p><p class="aside">{escape(amount)}'
        f" · {escape(limit)} · {_ago(now - told.since, _)} · {escape(alert.owner)}</p>"
        f"{_taken(told, now, _, first=first)}</article>"
    )


def _taken(told: AlertSeen, now: datetime, _: Say, *, first: bool) -> str:
    """Return who has an alert, and the button by which somebody here takes it."""
    said = [
        f"{escape(words)} {_ago(now - at, _)}"
        for words, at in (
            (_("Somebody here has it,"), told.here_at),
            (_("Somebody at home has it,"), told.home_at),
        )
        if at is not None
    ]
    shown = f"<p>{' · '.join(said)}</p>" if said else ""
    if told.late:
        words = _("Nobody has taken it: take it, or call the passage commander by voice.")
        shown += f'<p class="late" data-late="1"><b>{escape(words)}</b></p>'
    if told.here_at is not None:
        return shown
    key, kbd = (' data-key="t"', " <kbd>T</kbd>") if first else ("", "")
    return (
        f'{shown}<form method="post" action="/take"><input type="hidden" name="alert" value="{escape(told.alert.key)}">'
        f'<button{key} data-of="{escape(told.alert.key)}">{escape(_("I have it"))}{kbd}</button></form>'
    )


def _aborted(seen: Seen, _: Say) -> str:
    if seen.aborted_at is None and seen.held_at is not None:
        told = f"{escape(_('He was told to stand'))} {_ago(seen.now - seen.held_at, _)}"
        return f'<p class="attention"><b>{told}</b></p>'
    if seen.aborted_at is None:
        return ""
    if seen.abort_arrived:
        told = _("The core has it, and tells all parties and him.")
    elif seen.abort_stored:
        told = (
            _("It is on disk and waits for the link. NOT reached yet:")
            + " "
            + _not_reached(seen, _)
        )
    else:
        told = _("It is NOT on disk: the disk takes nothing. Tell it by voice. NOT reached yet:")
        told += " " + _not_reached(seen, _)
    reached = "".join(
        f'<p class="calm"><b>{escape(words)}</b> {_ago(seen.now - seen.reached[whom], _)}</p>'
        for whom, words in (
            (PILOT, _("The pilot's own screen shows it:")),
            (MAPS, _("The units' map server has it:")),
        )
        if whom in seen.reached
    )
    return (
        f'<section class="aborted danger"><h2>{escape(_("Everything is stopped"))}</h2><p>'
        f"{_ago(seen.now - seen.aborted_at, _)}. {escape(told)}</p>{reached}</section>"
    )


def _not_reached(seen: Seen, _: Say) -> str:
    near = ((PILOT, _("the drone's pilot")), (MAPS, _("the units' maps")))
    names = [_("he himself"), *(words for whom, words in near if whom not in seen.reached)]
    names += [_("passage commander"), _("fires"), _("receiving unit"), _("operator")]
    return ", ".join(names)


def _where(seen: Seen, _: Say) -> str:
    place = seen.place
    if place is None:
        return f"<b>{escape(_('Nobody has told his place yet'))}</b>"
    at = f"{place.point.lat_deg:.5f}, {place.point.lon_deg:.5f}"
    doubt = f' <b class="attention">{escape(_("in doubt"))}</b>' if place.doubt else ""
    far = f"{seen.along_m / 1000:.1f} km · {escape(_('beside the way'))} {seen.beside_m:.0f} m"
    age = _ago(seen.now - place.at, _)
    return f'<b class="figure">{at}</b> ± {place.radius_m:.0f} m · {age}{doubt}<br>{far}'


def _drone(seen: Seen, _: Say) -> str:
    drone = seen.aircraft
    if drone is None:
        return escape(_("It has told nothing yet"))
    told = [_ago(seen.now - drone.at, _)]
    if drone.battery is not None:
        told.append(f"{escape(_('battery'))} {drone.battery} %")
    if drone.link is not None:
        told.append(f"{escape(_('radio'))} {drone.link} %")
    if seen.around is not None and seen.around.wind_m_s:
        told.append(f"{escape(_('wind'))} {seen.around.wind_m_s} m/s")
    return " · ".join(told)


def _around(seen: Seen, _: Say) -> str:
    """Return what was told from home: who comes, and how the receiving unit stands. Cut off, it grows old."""
    around, told = seen.around, []
    if around is None:
        return ""
    if seen.contacts:
        newest = max(each.reported_at for each in seen.contacts)
        told.append(
            f"{escape(_('Seen coming:'))} {len(seen.contacts)} · {_ago(seen.now - newest, _)}"
        )
    if said_at := at_of(around.unit_said):
        word = _("Receiving unit: ready") if around.unit_ready else _("Receiving unit: NOT ready")
        told.append(f"{escape(word)} · {_ago(seen.now - said_at, _)}")
    if seen_at := at_of(around.unit_seen):
        words = _("by its map, from where he is met:")
        told.append(f"{escape(words)} {around.unit_m} m · {_ago(seen.now - seen_at, _)}")
    return f"<p>{'<br>'.join(told)}</p>" if told else ""


def _fence(seen: Seen, _: Say) -> str:
    """Return the plan's fence as the pilot types it; from here nothing goes to an aircraft."""
    if not seen.fence:
        return ""
    words = _(
        "The drone's fence by the plan. Nothing goes to it from here: the pilot types, at his own screen:"
    )
    return (
        f'<details class="fence"><summary>{escape(_("Fence"))}</summary><p class="aside">{escape(words)}</p>'
        f"<code>fence 1 ring={escape(seen.fence)}</code></details>"
    )


def _ago(span: timedelta, _: Say) -> str:
    """Return an age, seconds first: here they matter."""
    seconds = max(0, round(span.total_seconds()))
    if seconds < 60:  # noqa: PLR2004  a minute
        return f"{seconds} {escape(_('s ago'))}"
    minutes, rest = divmod(seconds, 60)
    if minutes < 60:  # noqa: PLR2004  an hour
        return f"{minutes}:{rest:02} {escape(_('min ago'))}"
    return f"{minutes // 60}:{minutes % 60:02} {escape(_('h ago'))}"
