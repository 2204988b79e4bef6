"""What is not yours does not exist, and what is yours shows nobody in full."""

from uuid import UUID, uuid4

import httpx
from litestar import Litestar

from service.gateways.platform.population import PEOPLE
from service.phone import Phone, drawn_signature
from tests.people import Cast
from tests.scenes import code_of, picture, rows

_BODIES: dict[str, object] = {
    "hall/end": {"identity_checked": True},
    "changes": {"action": "pause"},
    "{binding_id:uuid}": {"decision": "approve", "reason": "documents_prove_kinship"},
}


def _routes(app: Litestar, *, hall: bool) -> list[tuple[str, str]]:
    """Every method and path that names a thing by its id."""
    found = []
    for route in app.routes:
        if "_id:uuid}" in route.path and ("/hall/" in route.path) == hall:
            methods: set[str] = getattr(route, "methods", set())
            found += [(method, route.path) for method in sorted(methods & {"GET", "POST"})]
    return found


async def _call(phone: Phone, method: str, path: str, ids: dict[str, str]) -> httpx.Response:
    """A request that would be right if the thing were the caller's own."""
    kind = path.rsplit("/", 1)[-1]
    for name, value in ids.items():
        path = path.replace(f"{{{name}:uuid}}", value)
    if method == "GET":
        return await phone.get(path)
    if kind == "commitment":
        fields = {"notice_agreed": "true", "digest": "0" * 64}
        return await phone.upload(path, fields, drawn_signature())
    if kind == "documents":
        return await phone.upload(path, {"kind": "household_register"}, picture())
    desk = "hall/end" if path.startswith("/v1/hall") and kind == "end" else kind
    return await phone.post(path, _BODIES.get(desk, {}))


_ORDER = (
    "INSERT INTO premium (book_id, premium_id, insured_id, binding_id, area, year, state,"
    " next_try_at, made_at) SELECT donor_id, $1, beneficiary_id, id, '530600', 2027, 'planned',"
    " now(), now() FROM binding WHERE id = $2"
)


async def test_strangers_find_nothing_on_any_path(cast: Cast, app: Litestar) -> None:
    donor = await cast.confirmed("zhaotong_donor")
    binding_id = await cast.bound(donor, "zhaotong_spouse", "12")
    view = (await donor.get(f"/v1/bindings/{binding_id}")).json()
    named = PEOPLE["zhaotong_spouse"]
    relative = {"name": named.name, "id_number": named.id_number}
    delegation = (await donor.post("/v1/code-delegations", relative)).json()
    wish = {"binding_id": binding_id, "most_fen": 1, "agreed": True}
    plan = (await donor.post("/v1/premium-plans", wish)).json()
    premium_id = uuid4()
    await rows(cast.world.database, _ORDER, premium_id, UUID(binding_id))
    real = {
        "binding_id": binding_id,
        "commitment_id": view["commitment_id"],
        "delegation_id": delegation["id"],
        "document_id": str(uuid4()),
        "premium_id": str(premium_id),
        "plan_id": plan["id"],
    }
    tried = [
        real,
        {name: str(uuid4()) for name in real},
        dict.fromkeys(real, "not-a-uuid"),
        dict.fromkeys(real, "1' OR '1'='1"),
    ]
    stranger = await cast.confirmed("zhaotong_resident")
    elsewhere = await cast.clerk("elsewhere", "intake", "review", area="610100")
    refused = set()
    for caller, hall in ((stranger, False), (elsewhere, True)):
        routes = _routes(app, hall=hall)
        assert len(routes) >= 5
        for method, path in routes:
            for ids in tried:
                answer = await _call(caller, method, path, ids)
                assert (method, path, *code_of(answer)) == (method, path, 404, "request.not_found")
                refused.add((answer.content, tuple(sorted(answer.headers))))
    assert len(refused) == 1
    assert (await donor.get(f"/v1/bindings/{binding_id}")).json() == view


async def test_the_beneficiary_finds_nothing_of_what_is_the_donors_alone(cast: Cast) -> None:
    donor, spouse = await cast.confirmed("zhaotong_donor"), await cast.confirmed("zhaotong_spouse")
    signed = await cast.bound(donor, "zhaotong_spouse", "12")
    commitment = (await donor.get(f"/v1/bindings/{signed}")).json()["commitment_id"]
    for method, path in (
        ("POST", "/v1/bindings/{binding_id:uuid}/end"),
        ("POST", "/v1/bindings/{binding_id:uuid}/documents"),
        ("GET", "/v1/bindings/{binding_id:uuid}/commitment"),
        ("POST", "/v1/bindings/{binding_id:uuid}/commitment"),
        ("GET", "/v1/commitments/{commitment_id:uuid}/evidence"),
    ):
        ids = {"binding_id": signed, "commitment_id": commitment}
        answer = await _call(spouse, method, path, ids)
        assert (method, path, *code_of(answer)) == (method, path, 404, "request.not_found")
    assert (await spouse.get(f"/v1/bindings/{signed}")).json()["state"] == "active"


async def test_nobody_is_shown_in_full_outside_the_donors_own_commitment(cast: Cast) -> None:
    donor, child = await cast.confirmed("panzhihua_donor"), await cast.linked("panzhihua_child")
    desk = await cast.clerk("desk", "intake", "review", area="510400")
    body = cast.application("panzhihua_child", "20")
    body["beneficiary"]["phone"] = "13900001234"
    named = {key: body["beneficiary"][key] for key in ("name", "id_number")}
    applied = await donor.post("/v1/bindings", body)
    one = f"/v1/bindings/{applied.json()['id']}"
    uploaded = await donor.upload(f"{one}/documents", {"kind": "household_register"}, picture())
    signed = await donor.sign(applied.json()["id"])
    commitment = signed.json()["commitment_id"]
    answers = [
        applied,
        uploaded,
        signed,
        await donor.post("/v1/bindings/checks", body),
        await donor.post("/v1/bindings", body),
        await donor.post("/v1/code-delegations", named),
        await desk.get("/v1/hall/reviews"),
    ]
    for phone in (donor, child):
        for path in ("/v1/me", "/v1/bindings", one, "/v1/status", "/v1/code-delegations"):
            answers.append(await phone.get(path))
        answers.append(await phone.post(f"{one}/changes", {"rank": 2}))
    answers.append(await desk.post(f"/v1/hall/reviews/{one[-36:]}", _BODIES["{binding_id:uuid}"]))
    answers.append(await donor.post(f"{one}/end"))

    people = PEOPLE["panzhihua_donor"], PEOPLE["panzhihua_child"]
    secrets = [secret for person in people for secret in (person.name, person.id_number)]
    for answer in answers:
        assert answer.status_code < 500
        shown = [secret for secret in [*secrets, "13900001234"] if secret in answer.text]
        assert (str(answer.request.url), shown) == (str(answer.request.url), [])
    assert {answer.status_code for answer in answers} == {200, 201, 409}
    for path in (f"{one}/commitment", f"/v1/commitments/{commitment}/evidence"):
        text = (await donor.get(path)).text
        assert all(secret in text for secret in secrets)
