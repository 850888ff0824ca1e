"""Brings the cast on duty by the product's own doors: the first link, invitations, touches, roster."""

from collections.abc import Callable

from safeconduct.exercise.console import Browser, Stuck
from safeconduct.exercise.story import Staff

WHY = "cast of the exercise"
KEEPS_ROSTER = {"SUP", "DPC"}  # an administrator may not see a pager's number
SHIFT_HOURS = "2000"  # a story may jump over weeks


def bring_on_duty(
    cast: tuple[Staff, ...], *, base: str, link: str, says: Callable[[str], None]
) -> dict[str, Browser]:
    """Return a signed-in browser for each member of the cast, the administrator among them.

    Raises:
        Stuck: a page did not offer what a person would need.
    """
    admin = Browser(base)
    admin.enrol(link)
    here = {"admin": admin}
    for one in cast:
        browser = Browser(base, language=one.language)
        browser.enrol(invited(admin, one))
        browser.make_own_key()
        here[one.key] = browser
    says(f"   {len(cast)} people on duty, each with a passkey of his own")
    keeps = next((here[one.key] for one in cast if KEEPS_ROSTER & set(one.duties)), admin)
    for place, one in enumerate(one for one in cast if one.phone):
        _rostered(keeps, one, place=place)
    return here


def refs_of(admin: Browser, cast: tuple[Staff, ...]) -> dict[str, str]:
    """Return "key.ref" → the ref of each member of the cast, as the page People shows it."""
    rows = admin.open("/people/").tree.xpath("//*[@data-kind='access.person']")
    by_name = {str(row.get("data-name")): str(row.get("data-ref")) for row in rows}
    return {f"{one.key}.ref": by_name[one.name] for one in cast if one.name in by_name}


def invited(admin: Browser, one: Staff) -> str:
    """Have the administrator add a person; return his one-time link.

    Raises:
        Stuck: the console refused.
    """
    page = admin.open("/people/")
    given = {
        "name": one.name,
        "language": one.language,
        "duties": list(one.duties),
        "reason": WHY,
    }
    exactly = admin.press(page, "access.add", given)
    made = admin.press(exactly, "access.create", {})
    links = made.tree.xpath("//*[@data-invite]/@data-invite")
    if not links:
        raise Stuck(f"{one.key} could not be invited: {made.refusal()} {made.text()[:300]}")
    return str(links[0])


def _rostered(keeps: Browser, one: Staff, *, place: int) -> None:
    page = keeps.open("/people/roster/")
    form = page.form("access.add_shift")
    choices = form.xpath(".//select[@name='who']/option")
    mine = [o.get("value") for o in choices if (o.text or "").startswith(f"{one.name},")]
    for who in mine:
        given = {
            "who": who,
            "place": str(place % 5 + 1),
            "hours": SHIFT_HOURS,
            "handle": one.phone,
        }
        after = keeps.press(keeps.open("/people/roster/"), "access.add_shift", given)
        if after.refusal():
            raise Stuck(f"{one.key} cannot be called: {after.refusal()}: {after.text()[-300:]}")
