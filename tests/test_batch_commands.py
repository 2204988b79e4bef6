"""`batch` and its verbs, `reconcile-premiums`, `compare-enrolment`: what they say, how they end."""

import json
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import httpx
import pytest

from service.__main__ import _parser
from service.commands import CommandFault
from service.domain.calendar import business_date
from service.domain.premium_file import COLUMNS
from service.store import premium_batches
from service.world import World
from tests.conftest import Clock
from tests.premium_scenes import DUE_FEN, Pair, faults, ordered, pair, planned, premium_year
from tests.scenes import rows
from tests.test_books_commands import run as run_for_real

Run = Callable[..., Awaitable[tuple[int | None, str, str]]]
AREA = "530600"
HEADING = ",".join(COLUMNS)
BY = ("--by", "tester")


@pytest.fixture
def run(world: World, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command in this process, as its own process would end: status, output, complaints."""

    async def called(*arguments: str) -> tuple[int | None, str, str]:
        capsys.readouterr()
        try:
            parsed = _parser().parse_args(arguments)
            status: int = await parsed.action(world.settings, parsed)
        except CommandFault as fault:
            sys.stderr.write(f"{fault}\n")
            status = 1
        except SystemExit as end:
            status = int(end.code or 0)
        said, complained = capsys.readouterr()
        return status, said, complained

    return called


def scope(world: World) -> tuple[str, ...]:
    return "--area", AREA, "--year", str(premium_year(world))


def line(world: World, one: Pair, *, most: int = DUE_FEN) -> str:
    numbers = f"{one.payer.id_number},{one.relative.id_number}"
    return f"{AREA},{premium_year(world)},{numbers},{most}"


async def test_from_a_file_to_a_report(
    world: World, run: Run, bureau: httpx.AsyncClient, tmp_path: Path
) -> None:
    """upload, plan, run, status, report: each says what it did, and again does nothing twice."""
    pairs = [await pair(world, number) for number in range(3)]
    file = tmp_path / "list.csv"
    file.write_text("\ufeff" + "\r\n".join([HEADING, *(line(world, one) for one in pairs), ""]))
    assert await run("batch", "upload", str(file), *BY) == (0, "planned 3, bad 0\n", "")
    status, said, _ = await run("batch", "upload", str(file), *BY)
    assert (status, said.splitlines()[-1]) == (1, "planned 0, bad 3")
    planning = await run("batch", "plan", *scope(world))
    year = premium_year(world)
    assert planning == (0, f"3 orders planned\nbatch {AREA} {year} is running\n", "")
    status, said, _ = await run("batch", "run", *scope(world))
    assert status == 0
    assert said.splitlines()[0] == "0 orders planned"
    assert said.splitlines()[1].startswith("100.0 % of 3: ")
    assert "credited 3" in said
    status, said, _ = await run("batch", "status", *scope(world))
    assert (status, said.splitlines()[0]) == (0, f"{AREA} {year}: running")
    report = tmp_path / "report.csv"
    status, said, told = await run("batch", "report", *scope(world), "--output", str(report))
    assert (status, said) == (0, "")
    assert told.splitlines() == [
        "orders: credited 3",
        f"paid {3 * DUE_FEN} fen, held 0 fen; the ledger says {3 * DUE_FEN} and 0",
    ]
    assert len(report.read_text().splitlines()) == 4
    assert not await faults(world, bureau)


BAD: dict[str, tuple[bytes, str]] = {
    "GBK": ("area,年".encode("gbk"), "GBK"),
    "another heading": (b"a,b\n1,2\n", "首行应为"),
    "empty": (b"", "首行应为"),
    "not lines": (b"x" * 9000, "过长"),
    "a county": (f"{HEADING}\n530602,2027,1,2,3\n".encode(), "市级代码"),
    "no area or year": (f"{HEADING}\n5306,27,1,2,3\na,b\n".encode(), "没有一行写明"),
    "an area we do not serve": (f"{HEADING}\n999900,2027,1,2,3\n".encode(), "没有开通"),
    "a year that is over": (f"{HEADING}\n{AREA},2020,1,2,3\n".encode(), "已经过去"),
    "a window that is closed": (f"{HEADING}\n{AREA},2026,1,2,3\n".encode(), "时间已过"),
}


@pytest.mark.parametrize("case", BAD)
async def test_a_file_that_cannot_be_taken(
    world: World, run: Run, tmp_path: Path, case: str
) -> None:
    content, said = BAD[case]
    file = tmp_path / "list.csv"
    file.write_bytes(content)
    status, out, complaint = await run("batch", "upload", str(file), *BY)
    assert (status, out) == (1, "")
    assert said in complaint
    assert not await rows(world.database, "SELECT FROM premium_plan")


async def test_bad_lines_are_told_by_number(world: World, run: Run, tmp_path: Path) -> None:
    """Duplicates, strangers, nobody bound, numbers that are none; the good ones count."""
    one, other = await pair(world, 0), await pair(world, 1)
    good = line(world, one)
    unbound = f"{AREA},{premium_year(world)},{one.payer.id_number},{other.relative.id_number},1"
    lines = [HEADING, good, good, "", unbound, good.replace(one.relative.id_number, "123"), "a,b"]
    file = tmp_path / "list.csv"
    file.write_text("\n".join([*lines, ""]))
    status, said, _ = await run("batch", "upload", str(file), *BY)
    assert status == 1
    assert [text.split(":")[0] for text in said.splitlines()] == [
        *("line 3", "line 5", "line 6", "line 7"),
        "planned 1, bad 4",
    ]
    assert one.relative.id_number not in said


async def test_steering(world: World, run: Run, bureau: httpx.AsyncClient) -> None:
    await planned(world, await pair(world, 0))
    year = premium_year(world)
    status, said, _ = await run("batch", "plan", *scope(world), "--paused")
    assert (status, said.splitlines()[-1]) == (0, f"batch {AREA} {year} is paused")
    status, _, complaint = await run("batch", "run", *scope(world))
    assert (status, "paused" in complaint) == (1, True)
    for verb, mode in (("drain", "draining"), ("resume", "running"), ("pause", "paused")):
        answer = await run("batch", verb, *scope(world))
        assert answer == (0, f"batch {AREA} {year} is {mode}\n", "")


async def test_what_there_is_not(world: World, run: Run) -> None:
    for verb in ("status", "report", "pause"):
        status, _, complaint = await run("batch", verb, *scope(world))
        assert (status, "There is no batch" in complaint) == (1, True)
    status, _, complaint = await run("batch", "plan", "--area", "530100", "--year", "2027")
    assert (status, "尚未公布" in complaint) == (1, True)
    await ordered(world, await pair(world, 0))  # a citizen's own order is reported all the same
    status, said, _ = await run("batch", "report", *scope(world))
    assert (status, len(said.splitlines())) == (0, 2)
    assert (await run("batch"))[0] == 2
    assert (await run("batch", "run", *scope(world), "--lanes", "0"))[0] == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("batch", "pause", "--area", "530602", "--year", "2027"),
        ("batch", "status", "--area", "53", "--year", "2027"),
        ("batch", "status", "--area", AREA, "--year", "99999999999"),
        ("batch", "upload", "list.csv"),
        ("compare-enrolment", "--area", AREA, "--year", "2147483648"),
        ("reconcile-premiums", "--area", AREA, "--day", "0001-01-01"),
        ("reconcile-premiums", "--area", "x", "--day", "2026-11-01"),
    ],
)
async def test_a_slip_is_wrong_usage(run: Run, arguments: tuple[str, ...]) -> None:
    status, said, _ = await run(*arguments)
    assert (status, said) == (2, "")


async def test_who_vouches_is_kept_and_payers_are_told(
    world: World, run: Run, tmp_path: Path
) -> None:
    one = await pair(world, 0)
    file = tmp_path / "list.csv"
    file.write_text(f"{HEADING}\n{line(world, one)}\n")
    assert (await run("batch", "upload", str(file), "--by", " "))[0] == 1
    assert (await run("batch", "upload", str(file), *BY))[0] == 0
    (audited,) = await rows(
        world.database, "SELECT detail FROM audit WHERE act = 'premium_plans.loaded'"
    )
    assert json.loads(audited["detail"])["by"] == "tester"
    told = await rows(world.database, "SELECT person_id, kind FROM message")
    assert [tuple(row) for row in told] == [(one.payer_id, "premium_planned")]


async def test_a_line_about_somebody_registered_elsewhere(
    world: World, run: Run, tmp_path: Path
) -> None:
    one = await pair(world, 0)
    await rows(
        world.database,
        "UPDATE person SET area = '530100' WHERE id = $1 RETURNING id",
        one.relative_id,
    )
    file = tmp_path / "list.csv"
    file.write_text(f"{HEADING}\n{line(world, one)}\n")
    status, said, _ = await run("batch", "upload", str(file), *BY)
    assert (status, "其他统筹区" in said) == (1, True)


async def test_a_batch_goes_on_though_nothing_new_can_be_planned(
    world: World, run: Run, bureau: httpx.AsyncClient
) -> None:
    """As after the window has closed: what is under way is still brought to its end."""
    where = ("--area", "530100", "--year", "2027")
    assert (await run("batch", "run", *where))[0] == 1
    make = partial(
        premium_batches.insert,
        id=world.new_id(),
        area="530100",
        year=2027,
        mode="running",
        at=world.clock(),
    )
    await world.database.transact(make)
    status, said, complaint = await run("batch", "run", *where)
    assert (status, said.startswith("100.0 % of 0")) == (0, True)
    assert "Nothing new is planned" in complaint


async def test_comparing_with_both_sides(
    world: World, run: Run, bureau: httpx.AsyncClient, clock: Clock
) -> None:
    await planned(world, await pair(world, 0))
    await run("batch", "run", *scope(world))
    yesterday = business_date(world.clock()) - timedelta(days=1)
    status, said, _ = await run("reconcile-premiums", "--area", AREA, "--day", str(yesterday))
    assert (status, said) == (0, "ours 0, theirs 0, differences 0, new 0, bad 0\n")
    status, said, _ = await run("compare-enrolment", *scope(world))
    assert (status, said) == (0, "orders 1, differences 0, new 0\n")
    status, _, complaint = await run(
        "reconcile-premiums", "--area", AREA, "--day", str(business_date(world.clock()))
    )
    assert (status, "没有结束" in complaint) == (1, True)


async def test_the_real_command(world: World, bureau: httpx.AsyncClient) -> None:
    """A bureau that is away is a complaint in one line, and exit code 1."""
    await planned(world, await pair(world, 0))
    status, said, _ = await run_for_real(world, "batch", "run", *scope(world))
    assert (status, "credited 1" in said) == (0, True)
    await bureau.post("/_switches/tax", json={"mode": "down"})
    yesterday = str(business_date(world.clock()) - timedelta(days=1))
    reconciled = await run_for_real(world, "reconcile-premiums", "--area", AREA, "--day", yesterday)
    assert reconciled == (1, "", "tax: HTTP 503\n")
