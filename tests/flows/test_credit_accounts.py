"""Credits from files: each person once, whatever happens in between and however often."""

import asyncio
import time
from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from service.crypto import CryptoFault
from service.domain.calendar import business_date
from service.domain.credit_file import BadLine, CreditFileFault
from service.domain.enrolment import Enrolment, InsuredPerson
from service.flows import credit_accounts as loading
from service.flows.credit_accounts import CreditReport, credit_accounts
from service.flows.know_person import know_person
from service.personal import ID_NUMBER_INDEX, reveal
from service.store import people
from service.world import World
from tests.conftest import Clock
from tests.credit_samples import HEADER, content, line, number
from tests.flows.dying import Crash, Steps, dying_world
from tests.scenes import acts, rows

WITH_AMOUNT = f"{HEADER},amount_fen"
YUNNAN = "530600"
"""Where no policy says how much is credited."""


async def load(world: World, file: bytes) -> CreditReport:
    return await credit_accounts(world, lambda: [file], report=lambda done: None)


async def balances(world: World) -> list[int]:
    found = await rows(world.database, "SELECT posted_fen FROM ledger.account ORDER BY 1")
    return [row["posted_fen"] for row in found]


async def assert_right(world: World) -> None:
    """The books prove themselves, and every credit is one transfer of the same amount."""
    assert await rows(world.database, "SELECT * FROM ledger.discrepancy") == []
    differing = await rows(
        world.database,
        "SELECT FROM credit c FULL JOIN ledger.transfer t"
        " ON t.book_id = c.person_id AND t.transfer_id = c.transfer_id"
        " WHERE c.amount_fen IS DISTINCT FROM t.amount_fen OR t.purpose <> 'credit'"
        " OR t.contra <> 'fund:' || c.area OR t.journal_id <> c.file_id",
    )
    assert differing == []


async def counted(world: World, table: str) -> int:
    [found] = await rows(world.database, f"SELECT count(*) AS n FROM {table}")
    return int(found["n"])


def report(posted: int, already: int = 0, *bad: tuple[int, str]) -> CreditReport:
    return CreditReport(posted=posted, already=already, bad=[BadLine(*each) for each in bad])


async def test_three_categories_are_credited_by_policy(world: World, clock: Clock) -> None:
    file = content(
        line(1, base_fen="12345"),
        line(2, category="flexible", base_fen="500000"),
        line(3, category="retiree", base_fen="333333"),
    )
    assert await load(world, file) == report(3)
    assert await balances(world) == [6667, 10_000, 12_345]
    stored = await rows(
        world.database,
        "SELECT c.category, c.base_fen, c.amount_fen, c.area, c.month, t.booked_on"
        " FROM credit c JOIN ledger.transfer t USING (transfer_id) ORDER BY c.amount_fen",
    )
    today, month = business_date(clock()), date(2025, 1, 1)
    assert [tuple(row) for row in stored] == [
        ("retiree", 333_333, 6667, "510400", month, today),
        ("flexible", 500_000, 10_000, "510400", month, today),
        ("employee", 12_345, 12_345, "510400", month, today),
    ]
    await assert_right(world)


async def test_without_a_policy_the_amount_is_the_files(world: World) -> None:
    file = content(f"{line(1, area=YUNNAN)},321", f"{line(2, area=YUNNAN)},", header=WITH_AMOUNT)
    done = await load(world, file)
    assert (done.posted, [bad.line for bad in done.bad]) == (1, [3])
    assert await balances(world) == [321]
    [contra] = await rows(world.database, "SELECT contra FROM ledger.entry")
    assert contra["contra"] == f"fund:{YUNNAN}"
    await assert_right(world)


async def test_again_nothing_is_posted(world: World) -> None:
    file = content(line(1), line(2))
    assert await load(world, file) == report(2)
    before = await rows(world.database, "SELECT * FROM ledger.transfer ORDER BY transfer_id")
    assert await load(world, file) == report(0, 2)
    after = await rows(world.database, "SELECT * FROM ledger.transfer ORDER BY transfer_id")
    assert before == after
    assert await counted(world, "credit_file") == 1
    [row] = await rows(world.database, "SELECT id::text FROM credit_file")
    told = [("operator", "credits.begun"), *[("operator", "credits.loaded")] * 2]
    assert await acts(world.database, row["id"]) == told


async def test_another_file_credits_only_who_is_new_and_the_same(world: World) -> None:
    await load(world, content(line(1), line(2)))
    other = content(line(3), line(2, base_fen="9999"), line(1), line(4, base_fen="-1"))
    done = await load(world, other)
    assert (done.posted, done.already) == (1, 1)
    assert [bad.line for bad in done.bad] == [3, 5]
    assert "另一金额" in done.bad[0].sentence
    assert await load(world, content(line(1, month="2025-02"))) == report(1)
    assert await balances(world) == [10_000, 10_000, 20_000]
    assert await counted(world, "credit_file") == 3
    await assert_right(world)


async def test_bad_lines_never_stop_good_ones(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "_CHUNK", 3)
    lines = [line(place, base_fen="1" if place % 2 else "x") for place in range(10)]
    done = await load(world, content(*lines, lines[1]))
    assert (done.posted, done.already) == (5, 0)
    assert [bad.line for bad in done.bad] == [2, 4, 6, 8, 10, 12]
    assert "出现过" in done.bad[-1].sentence
    assert await load(world, content(*lines, lines[1])) == report(0, 5, *done.bad)
    only_bad = await load(world, content(line(area="x"), line(month="2999-01")))
    assert (only_bad.posted, [bad.line for bad in only_bad.bad]) == (0, [2, 3])
    assert await load(world, content()) == report(0)
    assert await counted(world, "credit_file") == 1


@pytest.mark.parametrize(
    "file",
    [
        content(line(1)).decode().encode("gbk"),
        content(*(line(place) for place in range(8))) + line(9).encode("gbk"),
        content(line(1, area="990000")),
        content(line(1, area="510402")),
        content(line(1, month="2000-01")),
        b"\x00\xff",
    ],
)
async def test_a_file_that_cannot_be_taken_leaves_nothing(world: World, file: bytes) -> None:
    with pytest.raises(CreditFileFault):
        await load(world, file)
    for table in ("credit_file", "person", "ledger.account", "audit"):
        assert await counted(world, table) == 0


async def test_a_mark_at_the_beginning_is_passed_over(world: World) -> None:
    assert await load(world, b"\xef\xbb\xbf" + content(line(1), end="\r\n")) == report(1)
    assert await load(world, content(line(1))) == report(0, 1)


async def _survive(world: World, file: bytes, *, expected: list[int]) -> int:
    """Die at each step in turn, going on after each; how many steps there were."""
    fatal = 1
    while True:
        steps = Steps(fatal)
        try:
            await load(dying_world(world, steps), file)
        except Crash:
            await assert_right(world)
            fatal += 1
            continue
        assert await balances(world) == expected
        return len(steps.taken)


async def test_after_a_crash_at_any_step_it_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "_CHUNK", 4)
    file = content(*(line(place) for place in range(10)))
    assert await _survive(world, file, expected=[10_000] * 10) == 3 * 5
    assert await load(world, file) == report(0, 10)
    await assert_right(world)
    assert await counted(world, "person") == 10


async def test_several_at_once_credit_once(world: World) -> None:
    lines = [line(place) for place in range(60)]
    files = [content(*lines), content(*lines), content(*reversed(lines))]
    done = await asyncio.gather(*(load(world, file) for file in files))
    assert sum(each.posted for each in done) == 60
    assert [each.posted + each.already for each in done] == [60] * 3
    assert await balances(world) == [10_000] * 60
    await assert_right(world)


async def _known(world: World, place: int, name: str) -> UUID:
    enrolment = Enrolment(
        scheme="employee", scheme_code="310", status="active", person_kind="working", area="510411"
    )
    born_on = date(1990, 1, 1)
    insured = InsuredPerson(
        person_number="1",
        id_number=number(place),
        name=name,
        sex="male",
        born_on=born_on,
        enrolments=(enrolment,),
    )

    async def work(tx: Any) -> UUID:
        return await know_person(tx, world, insured)

    return await world.database.transact(work)


async def test_who_is_known_stays_as_known_and_others_are_sealed(world: World) -> None:
    known = await _known(world, 1, "测试旧名")
    assert await load(world, content(line(1), line(2, name="测试乙"))) == report(2)
    async with world.database.read() as tx:
        ours = await people.get(tx, id=known)
        [other] = await rows(world.database, "SELECT id FROM person WHERE id <> $1", known)
        new = await people.get(tx, id=other["id"])
    assert (reveal(world.vault, ours).name, ours.area) == ("测试旧名", "510411")
    assert (reveal(world.vault, new).name, new.area) == ("测试乙", "510400")
    assert reveal(world.vault, new).id_number == number(2)
    assert await _known(world, 2, "测试乙") == other["id"]


async def test_a_forged_index_is_found_out(world: World) -> None:
    """Who can write to the database, but has no key, gets nobody's money."""
    await _known(world, 1, "测试甲")
    forged = world.vault.index(number(2), purpose=ID_NUMBER_INDEX)
    await rows(world.database, "UPDATE person SET id_number_index = $1", forged)
    with pytest.raises(CryptoFault):
        await load(world, content(line(2)))
    assert await counted(world, "credit") == 0


async def test_three_thousand_lines_are_quick(world: World) -> None:
    seen: list[int] = []
    file = content(*(line(place) for place in range(3000)))
    pieces: Iterable[bytes] = [file[at : at + 1000] for at in range(0, len(file), 1000)]
    started = time.monotonic()
    done = await credit_accounts(world, lambda: pieces, report=seen.append)
    assert time.monotonic() - started < 20
    assert done == report(3000)
    assert len(seen) == 7
    assert seen == sorted(seen)
    assert seen[-1] == len(file)
    await assert_right(world)
