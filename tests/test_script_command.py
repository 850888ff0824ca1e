"""`safeconduct script check`: every way through a script with its words, or the line that is wrong."""

from safeconduct.command import scripts as command
from safeconduct.conversations.tests.test_scripts import FIRST


def test_the_command_walks_a_script_or_says_its_line(tmp_path, capsys):
    file = tmp_path / "first.toml"
    file.write_text(FIRST)
    assert command.check(file, data=tmp_path / "none") == 0
    told = capsys.readouterr().out
    assert "“да / так / 1”: more (say)" in told
    assert "→ Ask where a medic finds him." in told
    file.write_text(FIRST.replace('say = "ack"', 'say = "thanks"'))
    assert command.check(file, data=tmp_path / "none") == 1
    assert "line 17: There is no approved text 'thanks'" in capsys.readouterr().out
