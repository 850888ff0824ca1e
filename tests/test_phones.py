"""`safeconduct public page`: what goes to a telephone on paper, and the file beside it."""

import hashlib
import re

from safeconduct import sealing
from safeconduct.command import authority, folder, origin
from tests import programme as running
from tests.known_name import HOST


def test_the_page_bears_the_fingerprint_of_the_file_beside_it_and_asks_nobody_for_anything(
    tmp_path,
):
    data, to = tmp_path / "data", tmp_path / "to"
    folder.make(data, stamp="real", profile=None)
    words = ("public", "page", "--data", str(data), "--to", str(to))
    none = running.run(*words)
    assert (none.returncode, "has no authority of its own" in none.stderr) == (2, True)
    authority.found(data, HOST, key=sealing.new_key())
    origin.keep(data, f"https://{HOST}:8443")
    strange = running.run(*words, "--language", "fr")
    assert "does not speak 'fr', but uk" in strange.stderr
    done = running.run(*words, "--language", "en")
    assert (done.returncode, done.stderr) == (0, "")
    file, page = to / f"{HOST}.crt", (to / f"{HOST}.html").read_text()
    found = hashlib.sha256(file.read_bytes()).hexdigest().upper()
    printed = re.search(r"<pre>([^<]*)</pre>", page)[1]
    assert printed.split() == [found[at : at + 2] for at in range(0, 64, 2)]
    assert " ".join(printed.split()) in done.stdout
    assert set(re.findall(r"https?://[^\s<\"]*", page)) == {f"https://{HOST}:8443"}
    assert not re.search(r"<script|<img|<link|@import|url\(|\shref=|\ssrc=", page)
    assert "safeconduct" not in page.lower()  # it may be found on somebody
    assert running.run(*words, "--language", "uk").returncode == 0
    assert "Перш ніж почати" in (to / f"{HOST}.html").read_text()
