"""Redis or Valkey: one server, Sentinel or Cluster, chosen by the URL's scheme.

Every key of ours carries one hash tag, so that the same commands run on all three.
"""

from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import redis
import redis.asyncio
import redis.cluster
import redis.sentinel
from redis.asyncio.cluster import ClusterNode, RedisCluster
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import ExponentialBackoff

AsyncRedis = Any
"""redis.asyncio.Redis or RedisCluster: the commands used here are the same on both."""

AWAY = (redis.RedisError, OSError, TimeoutError, AttributeError)
"""What a call raises when the server is away; AttributeError is how a lost cluster node shows."""

_OPTIONS: dict[str, Any] = {"socket_timeout": 1, "socket_connect_timeout": 1}


def _hosts(url: str) -> list[tuple[str, int]]:
    pairs = (host.rpartition(":") for host in urlsplit(url).netloc.rpartition("@")[2].split(","))
    return [(host, int(port)) for host, _, port in pairs]


def _password(parts: SplitResult) -> str | None:
    return unquote(parts.password) if parts.password else None


def async_client(url: str) -> AsyncRedis:
    """A client that retries briefly: a citizen is waiting."""
    parts = urlsplit(url)
    if parts.scheme == "redis+cluster":
        nodes = [ClusterNode(host, port) for host, port in _hosts(url)]
        # A moved slot is followed by itself: a fresh look at the whole cluster, which a few of them
        # (or the first requests of a cold client) call for otherwise, cuts connections in use.
        return RedisCluster(
            startup_nodes=nodes, password=_password(parts), reinitialize_steps=0, **_OPTIONS
        )
    retry = Retry(ExponentialBackoff(cap=0.2, base=0.02), 2)
    if parts.scheme == "redis+sentinel":
        sentinel: Any = Sentinel(_hosts(url), sentinel_kwargs=_OPTIONS, **_OPTIONS)  # type: ignore[no-untyped-call]
        return sentinel.master_for(
            parts.path.strip("/").split("/")[0], password=_password(parts), retry=retry
        )
    # A request waits a moment for a connection: the plain pool refuses beyond its hundredth.
    pool = redis.asyncio.BlockingConnectionPool.from_url(
        url, max_connections=50, timeout=1, **_OPTIONS
    )
    client = redis.asyncio.Redis(connection_pool=pool, retry=retry)
    client.auto_close_connection_pool = True
    return client


def sync_client(url: str) -> Any:
    """The same for the threads that talk to WeChat."""
    parts = urlsplit(url)
    if parts.scheme == "redis+cluster":
        make_node: Any = redis.cluster.ClusterNode
        return redis.RedisCluster(
            startup_nodes=[make_node(*host) for host in _hosts(url)],
            password=_password(parts),
            **_OPTIONS,
        )
    if parts.scheme == "redis+sentinel":
        sentinel_class: Any = redis.sentinel.Sentinel
        sentinel = sentinel_class(_hosts(url), sentinel_kwargs=_OPTIONS, **_OPTIONS)
        return sentinel.master_for(parts.path.strip("/").split("/")[0], password=_password(parts))
    return redis.from_url(url, **_OPTIONS)
