"""`python -m service credits FILE`: what it says, and with which status it ends."""

import argparse
import asyncio
import os
import sys
from pathlib import Path

import pytest

from service import commands, development
from service.world import World
from tests.credit_samples import content, line, number


async def _run(world: World, path: Path) -> tuple[int | None, str, str]:
    """The real command: status, output, complaints."""
    piped = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "service", "credits", str(path)),
        env={**os.environ, **development.environment(world.settings)},
        stdout=piped,
        stderr=piped,
    )
    said, complained = await process.communicate()
    return process.returncode, said.decode(), complained.decode()


async def test_the_command_says_what_was_credited(world: World, tmp_path: Path) -> None:
    path = tmp_path / "credits.csv"
    path.write_bytes(content(line(1), line(2)))
    assert await _run(world, path) == (0, "posted 2, already 0, bad 0\n", "")
    path.write_bytes(content(line(1), line(2, base_fen="7"), line(3, name="9"), line(4)))
    status, said, complained = await _run(world, path)
    assert (status, complained) == (1, "")
    assert said.splitlines() == [
        "line 3: 此人这个月已按另一金额入账，本行没有入账。",
        "line 4: 姓名不合规范：应为 2 到 50 个文字。",
        "posted 1, already 1, bad 2",
    ]
    assert not [place for place in range(1, 5) if number(place) in said]


@pytest.mark.parametrize(
    ("name", "words"),
    [("gbk", "UTF-8"), ("empty", "首行应为"), ("nowhere", "No such file"), ("", "not a regular")],
)
async def test_what_is_no_credit_file_is_refused(
    world: World, tmp_path: Path, name: str, words: str
) -> None:
    (tmp_path / "gbk").write_bytes(content(line(1)).decode().encode("gbk"))
    (tmp_path / "empty").touch()
    with pytest.raises(commands.CommandFault, match=words):
        await commands.load_credits(world.settings, argparse.Namespace(file=tmp_path / name))


async def test_a_terminal_sees_how_far_it_is(
    world: World,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "credits.csv"
    path.write_bytes(content(*(line(place) for place in range(700))))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert await commands.load_credits(world.settings, argparse.Namespace(file=path)) == 0
    shown = capsys.readouterr()
    assert shown.err == "\r 71 %\r     \r"
    assert shown.out == "posted 700, already 0, bad 0\n"
