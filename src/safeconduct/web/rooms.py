"""Which rooms have loops, by name: a string would hide the import from lint-imports."""

from collections.abc import Callable

from safeconduct.access import worker as access
from safeconduct.cases import worker as cases
from safeconduct.conversations import worker as conversations
from safeconduct.custody import worker as custody
from safeconduct.escort import worker as escort
from safeconduct.notices import worker as notices
from safeconduct.notices.loops import Loop
from safeconduct.passage import worker as passage
from safeconduct.pledges import worker as pledges
from safeconduct.post import worker as post

WORKERS: tuple[Callable[[], list[Loop]], ...] = (
    notices.loops,
    access.loops,
    pledges.loops,
    post.loops,
    conversations.loops,
    cases.loops,
    passage.loops,
    escort.loops,
    custody.loops,
)
