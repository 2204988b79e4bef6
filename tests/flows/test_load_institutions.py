"""Loading the list of institutions: the good lines are stored, again and again the same."""

from argparse import Namespace
from pathlib import Path

import pytest

from service import commands, seed
from service.flows import load_institutions as loading
from service.flows.load_institutions import load_institutions
from service.store import institutions
from service.supervisor import RunTrouble
from service.world import World
from tests.scenes import rows

LIST = seed._INSTITUTIONS.read_text()
HEAD, *LINES = LIST.splitlines()
COUNT = len(LINES)


def _quiet(stored: int, total: int) -> None:
    """Nobody watches."""


async def test_what_is_loaded_is_found_again(world: World) -> None:
    loaded = await load_institutions(world, LIST.encode(), progress=_quiet)
    assert (loaded.stored, loaded.faults) == (COUNT, ())
    async with world.database.read() as tx:
        place = await institutions.get(tx, code="H53060200002")
        assert await institutions.get(tx, code="H99999999999") is None
    assert place is not None
    assert place.services == ("outpatient", "chronic", "vaccine")
    assert (place.patient_areas, place.away) == (("5306",), False)
    assert (place.takes("530602"), place.takes("530100")) == (True, False)


async def test_loading_again_replaces_what_the_file_names(world: World, own_database: str) -> None:
    await load_institutions(world, LIST.encode(), progress=_quiet)
    changed = LINES[0].replace("示例三级医院", "改名医院").replace(",yes,", ",no,")
    await load_institutions(world, f"{HEAD}\n{changed}2030-12-31".encode(), progress=_quiet)
    found = await rows(own_database, "SELECT code, name, away, open_until FROM institution")
    assert len(found) == COUNT
    [row] = [row for row in found if row["code"] == "H53060200001"]
    assert (row["name"], row["away"], str(row["open_until"])) == (
        "改名医院（昭通）",
        False,
        "2030-12-31",
    )


async def test_a_long_list_goes_in_chunks_and_says_how_far_it_is(
    world: World, own_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "_CHUNK", 5)
    seen: list[tuple[int, int]] = []
    await load_institutions(world, LIST.encode(), progress=lambda *far: seen.append(far))
    assert seen == [(5, COUNT), (10, COUNT), (COUNT, COUNT)]
    audited = await rows(own_database, "SELECT actor_kind, act, subject_id, detail FROM audit")
    assert len(audited) == 3
    assert {(row["actor_kind"], row["act"]) for row in audited} == {
        ("operator", "institutions.loaded")
    }
    assert len({row["subject_id"] for row in audited}) == 1
    assert '"stored": 5' in audited[0]["detail"]


async def test_the_command_prints_counts_and_bad_lines(
    world: World, own_database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "list.csv"
    path.write_text("\n".join([HEAD, LINES[0], "x", LINES[1], LINES[1]]))
    assert await commands.institutions(world.settings, Namespace(file=path)) == 1
    assert capsys.readouterr().out.splitlines() == [
        "line 3: 应有 11 列，这一行有 1 列。",
        "line 4: 机构编号与第 5 行重复，请只保留一行。",
        "line 5: 机构编号与第 4 行重复，请只保留一行。",
        "1 institutions stored, 3 lines refused",
    ]
    assert len(await rows(own_database, "SELECT FROM institution")) == 1

    path.write_text(LIST)
    assert await commands.institutions(world.settings, Namespace(file=path)) == 0
    assert capsys.readouterr().out == f"{COUNT} institutions stored, 0 lines refused\n"


async def test_the_command_says_how_far_a_long_list_is(
    world: World,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(loading, "_CHUNK", 7)
    path = tmp_path / "list.csv"
    path.write_text(LIST)
    assert await commands.institutions(world.settings, Namespace(file=path)) == 0
    assert capsys.readouterr().out.splitlines()[0] == f"7 of {COUNT} stored"


async def test_a_file_that_is_not_there_is_one_clear_sentence(world: World, tmp_path: Path) -> None:
    with pytest.raises(commands.CommandFault, match="No such file"):
        await commands.institutions(world.settings, Namespace(file=tmp_path / "gone.csv"))
    with pytest.raises(commands.CommandFault, match="不是普通文件"):
        await commands.institutions(world.settings, Namespace(file=tmp_path))


async def test_a_fresh_machine_has_institutions_and_their_keys(
    world: World, own_database: str, tmp_path: Path
) -> None:
    """Stopped halfway and seeded again, no secret is lost and no key is made twice."""
    nowhere = "http://127.0.0.1:9"
    for _ in range(2):
        with pytest.raises(RunTrouble):
            await seed.seed(world, tmp_path, api=nowhere, sandboxes=nowhere)
    keys = tmp_path / "counters.txt"
    lines = keys.read_text().splitlines()
    assert keys.stat().st_mode & 0o777 == 0o600
    assert len(lines) == COUNT
    for line in lines:
        code, secret = line.split()
        counter = await world.counters._registry(code)
        assert counter is not None
        assert (counter.institution.code, counter.keys) == (code, (secret,))
    assert len(await rows(own_database, "SELECT FROM institution")) == COUNT
