# `just` alone lists what there is to do.
default:
    @just --list

# formatting, lint, import contracts, types, layout: seconds, no network
check:
    ruff format --check .
    ruff check .
    lint-imports
    mypy src
    pytest tests/test_layout.py tests/test_locks.py

# Four processes on two cores, for a test often waits; who is done takes over from the others. One
# hash seed, so that all collect the same tests; one order, so that no change is refused by chance.
side_by_side := "-n 4 --dist worksteal --randomly-seed 7"
export PYTHONHASHSEED := "0"
# The hundreds of processes of a run compile our modules once, even where the environment says not to keep it.
export PYTHONDONTWRITEBYTECODE := ""

# every test, on SQLite; fetches Chromium, SoftHSM and Kannel first where it may
test: chromium softhsm kannel
    python -m tests.memory pytest {{side_by_side}} --ignore tests/test_up_postgres.py

# Rooms without a table, edges, and what reads the sources: nothing of theirs is another thing on PostgreSQL.
no_tables := "ways smpp mavlink watch spool gateways pages exercise programme keeper"
edges := "--ignore-glob 'tests/test_gateway_*' --ignore tests/test_site.py --ignore tests/test_layout.py --ignore tests/test_locks.py --ignore tests/test_authority.py --ignore tests/test_phones.py --ignore tests/test_following.py --ignore tests/test_kannel.py"
# Each breaks a function and sees its named test fail, in a process of its own and on SQLite always.
broken := "--ignore tests/test_named.py --ignore tests/test_proofs.py"

# the same suite on PostgreSQL 18, started for the run; what sees `safeconduct up` on SQLite is seen by test_up_postgres
test-postgres: softhsm
    python -m tests.memory python -m tests.postgres pytest {{side_by_side}} --ignore tests/browser --ignore tests/test_up.py --ignore tests/test_users.py --ignore tests/test_public.py --ignore tests/test_kills.py {{edges}} {{broken}} `printf -- '--ignore src/safeconduct/%s ' {{no_tables}}`

# the built-in story, headless at speed 60; and again, with its main pages held against axe; then the pages of words
test-story: chromium
    pytest -m "story and not kills"

# the built-in story with ten kills, one in each gap
test-kills:
    pytest -m kills

# one parser of tests/fuzzing.py, or `every`, against what atheris makes up; for ten minutes unless told
fuzz name="every" seconds="600":
    mkdir -p .fuzz/{{name}}
    python -m tests.fuzz {{name}} .fuzz/{{name}} -max_total_time={{seconds}} -artifact_prefix=.fuzz/

# what a fixed seed leaves untried: the same tests in another order, properties with other examples
chance seed paths="src tests":
    python -m tests.memory pytest {{side_by_side}} --randomly-seed {{seed}} --hypothesis-profile "by seed" --hypothesis-seed {{seed}} {{paths}}

# what needs the real road extracts, from ../shared/data or SAFECONDUCT_SHARED
test-real:
    pytest -m real

# every page, light and dark, into screenshots/
screenshots: chromium
    python -m tests.browser.screenshots
    TOUR_PICTURES=screenshots pytest -n 0 -m story tests/browser/test_words_pages.py

# a release wheel in dist/: it brings MapLibre, by npm
wheel:
    SAFECONDUCT_RELEASE=1 python -m hatchling build -t wheel -d dist

# a release wheel in a fresh environment, and its map in a browser; needs npm
test-wheel: chromium
    python -m tests.wheel

# collect the console's words into the catalogues; fails while one has no translation
words:
    python tools/words.py

# Debian's Chromium, for the browser tests: installed as root, else asked for in one line
chromium:
    @command -v chromium >/dev/null || { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -qq -y chromium >/dev/null; } || { echo "The browser tests need Chromium: apt-get install chromium (as root), then run this again."; exit 1; }

# Debian's software token, for the tests of a root in a token: installed as root, else asked for in one line
softhsm:
    @command -v softhsm2-util >/dev/null || { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -qq -y softhsm2 >/dev/null; } || { echo "The tests of the token need SoftHSM: apt-get install softhsm2 (as root), then run this again."; exit 1; }

# Debian's Kannel, the peer that binds to our carrier and is measured beside us: installed as root, else asked for in one line
kannel:
    @[ -x /usr/sbin/bearerbox ] || { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -qq -y --no-install-recommends kannel >/dev/null; } || { echo "The comparison with Kannel needs it: apt-get install kannel (as root), then run this again."; exit 1; }

# the locked requirements, with hashes and without any host
lock:
    uv pip compile --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet pyproject.toml -o requirements/core.txt
    uv pip compile --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet pyproject.toml --extra cluster -o requirements/cluster.txt
    uv pip compile --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet pyproject.toml --extra dev -o requirements/dev.txt
    uv pip compile --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet requirements/edge.in -c requirements/core.txt -o requirements/edge.txt
