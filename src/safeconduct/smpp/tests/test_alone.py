"""The package is its own: it runs where nothing else of ours is, and without any library."""

import shutil
import subprocess
import sys
from pathlib import Path

import safeconduct.smpp

HERE = Path(safeconduct.smpp.__file__).parent
STORY = """
import asyncio, sys
from safeconduct.smpp import alphabet, client, codec, codes, receipts, segments, sending, server

async def story():
    taken = []
    async def submit(_session, message):
        taken.append(segments.read(message).text)
        return 0, "7"
    carrier = server.Server(accounts={"us": "secret"}, submit=submit)
    port = await carrier.start()
    ours = client.Client(client.Account("127.0.0.1", port, "us", "secret"))
    running = asyncio.ensure_future(ours.run())
    draft = codec.Message(codec.Address.of("100"), codec.Address.of("+380501112233"))
    done = await sending.send_text(ours, draft, "Привіт", reference=1, bucket=sending.Bucket(10))
    await ours.stop()
    await running
    await carrier.stop()
    return done.carrier_ids, taken

assert asyncio.run(story()) == (["7"], ["Привіт"])
ours = {name for name in sys.modules if name.startswith("safeconduct")}
assert all(name in {"safeconduct", "safeconduct.smpp"} or name.startswith("safeconduct.smpp.") for name in ours)
foreign = {name.split(".")[0] for name in sys.modules} - set(sys.stdlib_module_names)
print(sorted(foreign - {"safeconduct", "__main__"}))
"""


def test_it_binds_and_sends_where_nothing_else_of_ours_is_installed(tmp_path):
    shutil.copytree(HERE, tmp_path / "safeconduct/smpp", ignore=shutil.ignore_patterns("tests"))
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{STORY}"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_it_says_that_it_is_typed_and_how_it_is_used():
    assert (HERE / "py.typed").exists()
    assert "submit_all" in (HERE / "README.md").read_text("utf-8")
