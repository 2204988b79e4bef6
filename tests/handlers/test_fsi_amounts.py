"""Amounts over the national envelope: exact to the fen, whatever way they are written."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import uuid4

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from service.domain.money import FEN_MAX
from service.domain.policy import Policies
from service.handlers.fsi_codes import answer
from service.handlers.fsi_setlinfo import account_in_fund
from service.handlers.fsi_wire import Node, Number, read_short_id, short_id, yuan
from service.problems import Problem
from service.world import World, utc_now
from tests.counter_scenes import credit, person_id, shown_code, till
from tests.his import His, refused
from tests.people import Cast


def _fen(value: object, **more: bool) -> int:
    return Node({"x": value}).fen("x", **more)


@given(st.integers(0, FEN_MAX))
def test_in_and_out_again_is_the_same(fen: int) -> None:
    now = utc_now()
    told = answer("530000", asked_at=now, at=now, output={"x": yuan(fen)}).decode()
    text = told.partition('"x":')[2].partition("}")[0]
    assert text == f"{fen // 100}.{fen % 100:02d}"
    assert _fen(text) == _fen(Number(text)) == fen


@pytest.mark.parametrize(
    ("value", "fen"),
    [("186.50", 18650), ("186.5", 18650), (186, 18600), ("", 0), (None, 0), ("0", 0), ("007", 700)],
)
def test_ways_to_write_an_amount(value: object, fen: int) -> None:
    assert _fen(value) == fen


@pytest.mark.parametrize(
    "value",
    [
        *("1.005", "1e2", "1,000.00", "１２", "-1", "+1", " 1", "1 ", "1\n", ".5", "5.", "NaN"),
        *("Infinity", "0x10", "1_0", "9" * 15, "十", True, False, [], {}, -1, 10**13),
        *(Number("1e2"), Number("0.001"), Number("-0.01"), Number("1e999999999999999999999")),
    ],
    ids=repr,
)
def test_what_is_no_amount(value: object) -> None:
    with pytest.raises(Problem):
        _fen(value)


def test_below_zero_only_where_refunds_are_counted() -> None:
    assert _fen("-1.20", signed=True) == _fen(Number("-1.2"), signed=True) == -120


@given(st.text(max_size=30))
def test_an_id_is_read_strictly(text: str) -> None:
    found = read_short_id(text)
    assert found is None or short_id(found) == text.upper()


def test_an_id_fits_thirty_characters() -> None:
    id = uuid4()
    assert len(short_id(id)) == 26
    assert read_short_id(short_id(id).lower()) == id


@pytest.mark.parametrize(
    "amount", ["1.005", "", "-1", -0.01, 1.001, "99999999999999", 1e300, "1\n"]
)
async def test_an_amount_that_is_none_settles_nothing(
    cast: Cast, api: httpx.AsyncClient, world: World, amount: object
) -> None:
    father = await cast.confirmed("zhaotong_father")
    his = His(await till(api, world))
    body = his.bill(await shown_code(father), amount)
    answered = await his.till.envelope("2207", body)
    assert refused(answered) == 1001
    assert "medfee_sumamt" in answered.json()["err_msg"]


def _with_account_in_fund(policies: Policies) -> Policies:
    """The same rules, but for what the nation leaves open: the fund's total has accounts in it."""

    def changed(file: Any) -> Any:
        parameter = file.parameters.get("fund_includes_account")
        if parameter is None:
            return file
        values: Sequence[Any] = [replace(v, value=True, unknown=False) for v in parameter.values]
        parameters = {
            **file.parameters,
            "fund_includes_account": replace(parameter, values=tuple(values)),
        }
        return replace(file, parameters=parameters)

    return Policies(tuple(changed(file) for file in policies.files))


async def test_the_identities_hold_in_both_kinds_of_area(
    cast: Cast, api: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    father = await cast.confirmed("zhaotong_father")
    await credit(world, await person_id(world, "zhaotong_father"), 3333)
    his, told = His(await till(api, world)), []
    code = await shown_code(father)
    parts = {"fulamt_ownpay_amt": "0.01", "overlmt_selfpay": "", "preselfpay_amt": "10"}
    bill = {**parts, "inscp_scp_amt": "89.99", "fund_pay_sumamt": "50.10"}
    told.append(await his.quote(code, "100.00", **bill))
    included = _with_account_in_fund(world.policies)
    monkeypatch.setitem(world.__dict__, "policies", included)
    told.append(await his.quote(code, "100.00", **bill))
    apart, inside = told
    assert apart["psn_part_amt"] == inside["psn_part_amt"] == 49.9
    for info in told:
        assert info["acct_pay"] == 33.33
        assert info["psn_cash_pay"] == 16.57
        assert (info["preselfpay_amt"], info["inscp_scp_amt"]) == (10.0, 89.99)
    assert apart["fund_pay_sumamt"] == 50.10
    assert inside["fund_pay_sumamt"] == 83.43
    assert account_in_fund(world, "530602", on=date(2026, 1, 1))
    monkeypatch.undo()
    assert not account_in_fund(world, "530602", on=date(2026, 1, 1))


async def test_parts_that_are_all_zero_are_not_told(
    cast: Cast, api: httpx.AsyncClient, world: World
) -> None:
    father = await cast.confirmed("zhaotong_father")
    his = His(await till(api, world))
    zero = dict.fromkeys(
        ("fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt"), "0.00"
    )
    quoted = await his.quote(await shown_code(father), "12.34", **zero)
    assert quoted["inscp_scp_amt"] == 12.34
