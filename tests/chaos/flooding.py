"""Many settlements at one instant over ASGI: each with a patient, a code and a key of its own."""

import asyncio
import random
import tempfile
import time
from collections import Counter
from pathlib import Path
from uuid import uuid4

import asyncpg
import httpx

from service.app import create_app
from service.domain.calendar import business_date
from service.domain.family_code import CodeHolder
from service.domain.settlement import Patient
from service.till import Till
from service.world import World, open_world
from tests.chaos.judge import judge
from tests.chaos.population import (
    AREA,
    Bound,
    Population,
    fund,
    insert_bindings,
    insert_people,
    places_of,
)
from tests.chaos.record import Record
from tests.chaos.servers import running_stack

PATIENTS_PER_DONOR = 20
ISSUED_TOGETHER = 50


async def crowd(world: World, number: int, *, seed: int) -> Population:
    """Patients with a little money of their own, twenty to a donor who cannot pay for all."""
    rng = random.Random(f"flood-{seed}")
    holders = tuple(
        CodeHolder(
            patient=Patient(id=uuid4(), area=AREA, scheme="resident", person_kind="resident")
        )
        for _ in range(number)
    )
    donors = [uuid4() for _ in range(max(1, number // PATIENTS_PER_DONOR))]
    bindings = tuple(
        Bound(id=uuid4(), donor_id=donors[n % len(donors)], patient_id=holder.patient.id, rank=1)
        for n, holder in enumerate(holders)
    )
    credits = {donor_id: rng.randint(5_000, 15_000) for donor_id in donors}
    credits |= {holder.patient.id: rng.randint(1, 500) for holder in holders}
    async with world.database.read() as tx:
        today = business_date(world.clock())
        await insert_people(world, tx.connection, [*donors, *(h.patient.id for h in holders)])
        await insert_bindings(tx.connection, bindings, on=today)
    await fund(world, credits)
    return Population(
        patients=holders, bindings=bindings, places=await places_of(world), credits=credits
    )


async def flood(
    api: httpx.AsyncClient, world: World, people: Population, *, record: Record
) -> Counter[int]:
    """All bills at once, nothing repeated. Counts the statuses."""
    codes: list[str] = []
    for begin in range(0, len(people.patients), ISSUED_TOGETHER):
        some = people.patients[begin : begin + ISSUED_TOGETHER]
        codes += await asyncio.gather(*(world.family_codes.issue(holder) for holder in some))
    statuses: Counter[int] = Counter()
    places = people.near(people.patients[0])

    async def settle(number: int, code: str) -> None:
        place, key = places[number % len(places)], uuid4().hex
        till = Till(api, code=place.code, secret=place.secret, clock=world.clock().timestamp)
        bill = {"service": place.service, "total_fen": 500 + number % 1000}
        answer = await till.settle(code, key=key, **bill)
        statuses[answer.status_code] += 1
        if answer.is_success:
            record.settled(place.code, key, code, answer.json())
        elif answer.status_code < 500:
            record.refuse(place.code, key, answer.json()["code"])

    await asyncio.gather(*(settle(number, code) for number, code in enumerate(codes)))
    return statuses


async def flood_alone(number: int, *, seed: int) -> tuple[list[str], list[str]]:
    """On servers of its own: lines of a report, and the faults."""
    with tempfile.TemporaryDirectory(prefix="gongji-flood-") as folder:
        async with (
            running_stack(Path(folder), apis=0) as stack,
            open_world(stack.settings) as world,
        ):
            people, record = await crowd(world, number, seed=seed), Record()
            transport = httpx.ASGITransport(app=create_app(world))  # type: ignore[arg-type]
            async with httpx.AsyncClient(transport=transport, base_url="http://api") as api:
                begun = time.monotonic()
                statuses = await flood(api, world, people, record=record)
                seconds = time.monotonic() - begun
            connection = await asyncpg.connect(stack.settings.database_url)
            faults = await judge(connection, record, people)
            await connection.close()
    if set(statuses) != {201}:
        faults.append(f"answers other than 201: {dict(statuses)}")
    report = [
        f"seed          {seed}",
        f"settlements   {len(record.settlements)} of {number} at once",
        f"time          {seconds:.1f} s, {number / seconds:.0f}/s with their codes issued",
    ]
    return report, faults
