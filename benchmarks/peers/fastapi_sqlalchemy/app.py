"""The application: resources in its lifespan, dependencies, and two routes with readiness."""

import contextlib
import os
from collections.abc import AsyncIterator
from typing import Annotated

import redis.asyncio as redis
from fastapi import Depends, FastAPI, Header, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from benchmarks.peers.fastapi_sqlalchemy import schemas, settling, status
from benchmarks.peers.fastapi_sqlalchemy.security import Counters, Place, read_session
from service.crypto import Vault, read_keys
from service.settings import read_settings


@contextlib.asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings = read_settings(os.environ)
    url = make_url(settings.database_url).set(drivername="postgresql+asyncpg")
    url = url.difference_update_query(["port"])  # SQLAlchemy hands it on as text
    engine = create_async_engine(url, pool_size=20, max_overflow=10)
    pool = redis.BlockingConnectionPool.from_url(settings.redis_url, max_connections=50)
    client = redis.Redis(connection_pool=pool)
    vault = Vault(
        read_keys(settings.data_keys, length=16), read_keys(settings.index_keys, length=32)
    )
    app.state.sessions = async_sessionmaker(engine, expire_on_commit=False)
    app.state.redis, app.state.vault = client, vault
    app.state.counters = Counters(client, vault)
    yield
    await client.aclose()
    await pool.aclose()
    await engine.dispose()


app = FastAPI(lifespan=lifespan)


async def database(request: Request) -> AsyncIterator[AsyncSession]:
    async with request.app.state.sessions() as session:
        yield session


Database = Annotated[AsyncSession, Depends(database)]


async def institution(request: Request, session: Database) -> Place:
    counters: Counters = request.app.state.counters
    found = await counters.authenticate(request.headers, session)
    if found is None:
        raise HTTPException(401, detail={"code": "counter.refused"})
    return found


async def caller(request: Request, authorization: Annotated[str, Header()]) -> schemas.Session:
    found = await read_session(request.app.state.redis, authorization)
    if found is None or found.person_id is None:
        raise HTTPException(401, detail={"code": "session.required"})
    return found


@app.exception_handler(settling.Refused)
async def refused(_: Request, fault: Exception) -> JSONResponse:
    return JSONResponse({"code": str(fault)}, status_code=409)


@app.exception_handler(IntegrityError)
async def raced(_: Request, fault: Exception) -> JSONResponse:

    return JSONResponse({"code": "counter.running"}, status_code=409)


@app.post("/v1/counter/settlements", status_code=201)
async def settle(
    order: schemas.Order,
    request: Request,
    response: Response,
    session: Database,
    place: Annotated[Place, Depends(institution)],
    idempotency_key: Annotated[str, Header(pattern="^[A-Za-z0-9_-]{8,64}$")],
) -> schemas.SettlementView:
    holder = await settling.take_code(request.app.state.redis, order.code, counter=place.code)
    view, replayed = await settling.settle(
        session, place, order, holder=holder, message_id=idempotency_key
    )
    if replayed:
        response.headers["Idempotency-Replayed"] = "true"
    return view


@app.get("/v1/status")
async def my_status(
    request: Request, session: Database, me: Annotated[schemas.Session, Depends(caller)]
) -> schemas.StatusView:
    assert me.person_id is not None
    return await status.read_status(session, request.app.state.vault, me.person_id)


@app.get("/health/ready")
async def ready(request: Request, session: Database) -> dict[str, str]:
    await session.execute(text("SELECT 1"))
    await request.app.state.redis.ping()
    return {"status": "ready"}
