"""`check-books`, `reconcile`, `differences`, `resolve`: what they say and how they end."""

import argparse
import asyncio
import os
import re
import sys
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from service import book_commands, development
from service.commands import CommandFault
from service.flows.close_day import close_day
from service.world import World
from tests.book_scenes import damage, settlement_row, statement, yesterday
from tests.counter_scenes import HOSPITAL, credit, institution

BOOK = UUID(int=7)


async def run(world: World, *arguments: str) -> tuple[int | None, str, str]:
    """The real command: status, output, complaints."""
    piped = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "service", *arguments),
        env={**os.environ, **development.environment(world.settings)},
        stdout=piped,
        stderr=piped,
    )
    said, complained = await process.communicate()
    return process.returncode, said.decode(), complained.decode()


async def test_check_books_tells_faults_line_by_line(world: World) -> None:
    assert await run(world, "check-books") == (0, "0 faults in the books\n", "")
    await credit(world, BOOK, 1000, on=yesterday(world))
    assert await close_day(world) == 1
    status, said, complained = await run(world, "check-books")
    assert (status, complained) == (0, "")
    assert re.fullmatch(
        rf"1 days closed, the last {yesterday(world)} with [0-9a-f]{{64}}\n0 faults in the books\n",
        said,
    )
    await damage(world, "UPDATE ledger.account SET posted_fen = 900")
    status, said, complained = await run(world, "check-books")
    assert (status, complained) == (1, "")
    assert said.splitlines()[0] == f"book {BOOK}: balance differs from entries ({BOOK})"
    assert said.splitlines()[-1] == "1 faults in the books"


async def test_a_terminal_sees_what_is_looked_at(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await credit(world, BOOK, 1000, on=yesterday(world))
    await close_day(world)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert await book_commands.check_books(world.settings, argparse.Namespace()) == 0
    shown = [text.removeprefix("\x1b[K") for text in capsys.readouterr().err.split("\r")]
    assert shown == [
        "",
        f"{yesterday(world)} (1 of 1)",
        "the ledger",
        "both sides of movements",
        "settlements",
        "refunds",
        "premiums",
        "",
    ]


async def test_a_statement_is_compared_listed_and_resolved(world: World, tmp_path: Path) -> None:
    day, path = yesterday(world), tmp_path / "statement.csv"
    await institution(world)
    await settlement_row(world, "m1", on=day, account_fen=600)
    path.write_bytes(statement(f"{HOSPITAL},m1,{day},1000,600,0"))
    command = ("reconcile", str(path), "--day", str(day))
    agreed = "ours 1, theirs 1, missing_here 0, missing_there 0, amount 0, new 0, bad 0\n"
    assert await run(world, *command) == (0, agreed, "")
    path.write_bytes(statement(f"{HOSPITAL},m1,{day},1000,500,0", "?"))
    told = f"{day}  platform  {HOSPITAL}  m1  amount  ours 600 fen, theirs 500 fen"
    status, said, complained = await run(world, *command)
    assert (status, complained) == (1, "")
    assert said.splitlines() == [
        "line 3: 应有 6 列，用英文逗号隔开。",
        told,
        "What is missing there was not looked for: a bad line may be it.",
        "ours 1, theirs 1, missing_here 0, missing_there 0, amount 1, new 1, bad 1",
    ]
    status, said, _ = await run(world, "differences")
    found = re.fullmatch(rf"(\S+)  {re.escape(told)}  open\n1 differences\n", said)
    assert (status, found is not None) == (0, True)
    assert found
    decision = ("resolve", found[1], "--by", "op-1", "--note", "their correction", "--act")
    assert await run(world, *decision, "accepted") == (0, f"{found[1]} is resolved\n", "")
    again = f"{found[1]} was resolved so before\n"
    assert await run(world, *decision, "accepted") == (0, again, "")
    status, said, complained = await run(world, *decision, "reversed")
    assert (status, said) == (1, "")
    assert "by another act" in complained
    assert (await run(world, "differences"))[1] == "0 differences\n"
    assert "accepted by op-1" in (await run(world, "differences", "--all"))[1]


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "No such file"), (b"", "首行应为"), ("测试".encode("gbk"), "UTF-8")],
)
async def test_what_is_no_statement_is_refused(
    world: World, tmp_path: Path, content: bytes | None, words: str
) -> None:
    path = tmp_path / "statement.csv"
    if content is not None:
        path.write_bytes(content)
    given = argparse.Namespace(file=path, day=yesterday(world))
    with pytest.raises(CommandFault, match=words):
        await book_commands.reconcile(world.settings, given)
    path.write_bytes(statement())
    given.day += timedelta(days=1)
    with pytest.raises(CommandFault, match="还没有结束"):
        await book_commands.reconcile(world.settings, given)


@pytest.mark.parametrize(
    ("changes", "words"),
    [({}, "no such difference"), ({"by": " "}, "--by needs"), ({"note": "x" * 501}, "--note")],
)
async def test_what_cannot_be_resolved_says_why(
    world: World, changes: dict[str, str], words: str
) -> None:
    given = {"id": uuid4(), "act": "accepted", "by": "op-1", "note": "why"} | changes
    with pytest.raises(CommandFault, match=words):
        await book_commands.resolve(world.settings, argparse.Namespace(**given))


async def test_many_differences_are_listed_page_by_page(
    world: World,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    day, path = yesterday(world), tmp_path / "statement.csv"
    await institution(world)
    path.write_bytes(statement(*(f"{HOSPITAL},n{n},{day},1000,70,0" for n in range(25))))
    given = argparse.Namespace(file=path, day=day)
    assert await book_commands.reconcile(world.settings, given) == 1
    assert "… and 5 more: see `differences`" in capsys.readouterr().out
    monkeypatch.setattr(book_commands, "_PAGE", 10)
    assert await book_commands.differences(world.settings, argparse.Namespace(all=False)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert (len(set(lines)), lines[-1]) == (26, "25 differences")
