"""A small hospital program (HIS) over the national envelope, with books of its own."""

from typing import Any

import httpx

from service.till import Till

PAYERS = ("fund_pay_sumamt", "acct_pay", "psn_cash_pay")
SIGNS = {"settlement": 1, "refund": -1}


class His:
    """Books what it was answered; `sent` keeps each message, to send it again."""

    def __init__(self, till: Till, *, pharmacy: bool = False) -> None:
        self.till = till
        self.quoting, self.settling, self.reversing = (
            ("2101", "2102", "2103") if pharmacy else ("2206", "2207", "2208")
        )
        self.med_type = "41" if pharmacy else "11"
        self.rows: dict[str, dict[str, Any]] = {}
        self.sent: dict[str, dict[str, Any]] = {}

    async def identify(self, code: str) -> dict[str, Any]:
        """1101 `output`."""
        return await self.ok("1101", {"data": {"mdtrt_cert_type": "01", "mdtrt_cert_no": code}})

    def bill(self, code: str, amount: object, **more: object) -> dict[str, Any]:
        data = {
            "mdtrt_cert_type": "01",
            "mdtrt_cert_no": code,
            "med_type": self.med_type,
            "medfee_sumamt": amount,
            "mdtrt_id": "310000000001",
            "chrg_bchno": "B001",
            "acct_used_flag": "1",
            **more,
        }
        return {"data": data}

    async def quote(self, code: str, amount: object, **more: object) -> dict[str, Any]:
        return dict((await self.ok(self.quoting, self.bill(code, amount, **more)))["setlinfo"])

    async def settle(self, code: str, amount: object, **more: object) -> dict[str, Any]:
        """Settled and booked."""
        sent = {"infno": self.settling, "input": self.bill(code, amount, **more)}
        return await self._booked("settlement", self._keep(sent))

    async def reverse(self, setl_id: str) -> dict[str, Any]:
        sent = {"infno": self.reversing, "input": {"data": {"setl_id": setl_id}}}
        return await self._booked("refund", self._keep(sent))

    async def lost(self, code: str, amount: object) -> str:
        """Sent, and the answer never read: the msgid."""
        msgid = self._keep({"infno": self.settling, "input": self.bill(code, amount)})
        await self.send(msgid)
        return msgid

    async def again(self, msgid: str) -> dict[str, Any]:
        """The settlement whose answer got lost."""
        return await self._booked("settlement", msgid)

    async def cancel(self, msgid: str, infno: str = "2207", **more: object) -> httpx.Response:
        return await self.till.envelope(
            "2601", {"data": {"omsgid": msgid, "oinfno": infno, **more}}
        )

    async def send(self, msgid: str) -> httpx.Response:
        return await self.till.envelope(msgid=msgid, **self.sent[msgid])

    async def ok(self, infno: str, input: object, msgid: str | None = None) -> dict[str, Any]:
        return output_of(await self.till.envelope(infno, input, msgid))

    def totals(self) -> dict[str, Any]:
        """What 3201 is asked about: refunds are taken off, bills taken back do not count."""
        sums = {
            name: sum(cents(row[name]) * SIGNS[row["kind"]] for row in self.rows.values())
            for name in ("medfee_sumamt", "fund_pay_sumamt", "acct_pay")
        }
        kinds = [row["kind"] for row in self.rows.values()]
        standing = kinds.count("settlement") - kinds.count("refund")
        return {**{k: f"{v / 100:.2f}" for k, v in sums.items()}, "fixmedins_setl_cnt": standing}

    def list(self) -> list[dict[str, Any]]:
        """The rows of 3202; refunds below zero, as hospitals keep them."""
        return [
            {
                "msgid": msgid,
                "setl_id": row["setl_id"],
                "refd_setl_flag": "1" if row["kind"] == "refund" else "0",
                "medfee_sumamt": SIGNS[row["kind"]] * row["medfee_sumamt"],
                "acct_pay": SIGNS[row["kind"]] * row["acct_pay"],
            }
            for msgid, row in self.rows.items()
        ]

    def _keep(self, sent: dict[str, Any]) -> str:
        msgid = self.till.message_id()
        self.sent[msgid] = sent
        return msgid

    async def _booked(self, kind: str, msgid: str) -> dict[str, Any]:
        info = output_of(await self.send(msgid))["setlinfo"]
        self.rows[msgid] = {**info, "kind": kind}
        return dict(info)


def output_of(answer: httpx.Response) -> dict[str, Any]:
    """Of a success."""
    body = answer.json()
    assert (answer.status_code, body["infcode"]) == (200, 0), answer.text
    return dict(body["output"])


def refused(answer: httpx.Response) -> int:
    """The infcode of a refusal, which says why."""
    body = answer.json()
    assert (answer.status_code, body["infcode"] != 0) == (200, True), answer.text
    assert 0 < len(body["err_msg"]) <= 200
    return int(body["infcode"])


def cents(amount: float) -> int:
    return round(amount * 100)
