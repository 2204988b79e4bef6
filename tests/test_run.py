"""`run` and `demo` as a newcomer meets them: started, used, stopped, killed, started again."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import free_port


class Machine:
    """A fresh data folder and free ports."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.sandbox_port = free_port(), free_port()

    def start(self, command: str = "run") -> subprocess.Popen[str]:
        environment = {
            **os.environ,
            "GONGJI_DATA_FOLDER": str(self.folder),
            "GONGJI_PORT": str(self.port),
            "GONGJI_SANDBOX_PORT": str(self.sandbox_port),
        }
        return subprocess.Popen(
            [sys.executable, "-m", "service", command],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self) -> subprocess.Popen[str]:
        """Started and ready."""
        process = self.start()
        assert process.stdout is not None
        line = process.stdout.readline()
        assert "Gongji is ready" in line, line + process.stdout.read()
        return process

    def processes(self) -> list[str]:
        """Command lines of everything that still works on this folder or these ports."""
        found = []
        for path in Path("/proc").glob("[0-9]*/environ"):
            try:
                if str(self.folder).encode() in path.read_bytes():
                    found.append(path.with_name("cmdline").read_bytes().decode())
            except OSError:
                continue
        return found


@pytest.fixture
def machine() -> Iterator[Machine]:
    folder = Path(tempfile.mkdtemp(prefix="gongji-run-"))
    yield Machine(folder / "data")
    shutil.rmtree(folder, ignore_errors=True)


def _finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    output, _ = process.communicate(timeout=60)
    return process.returncode, output


def _gone(machine: Machine) -> bool:
    deadline = time.monotonic() + 20
    while machine.processes() and time.monotonic() < deadline:
        time.sleep(0.1)
    return not machine.processes()


def test_run_demo_kill_run_again_and_stop(machine: Machine) -> None:
    process = machine.run()
    code, output = _finish(machine.start("demo"))
    assert code == 0, output
    assert output.count("10. 下载签署凭证并离线核验：有效") == 2

    second = machine.start()
    code, output = _finish(second)
    assert code == 1
    assert "in use" in output

    process.send_signal(signal.SIGKILL)
    process.wait()
    process = machine.run()
    code, output = _finish(machine.start("demo"))
    assert code == 0, output

    process.send_signal(signal.SIGINT)
    code, output = _finish(process)
    assert code == 0, output
    assert _gone(machine), machine.processes()


def test_a_port_in_use_is_one_clear_sentence(machine: Machine) -> None:
    with socket.create_server(("127.0.0.1", machine.port)):
        code, output = _finish(machine.start())
    assert code == 1
    assert output.strip().splitlines()[-1].startswith(f"Port {machine.port} on 127.0.0.1 is in use")
    assert "Traceback" not in output


def test_a_broken_data_folder_is_one_clear_sentence(machine: Machine) -> None:
    broken = machine.folder / "postgres"
    broken.mkdir(parents=True)
    (broken / "PG_VERSION").write_text("not a version")
    code, output = _finish(machine.start())
    assert code == 1
    assert str(broken) in output
    assert "Traceback" not in output
    assert _gone(machine)


def test_demo_without_a_service_says_what_to_do(machine: Machine) -> None:
    code, output = _finish(machine.start("demo"))
    assert code == 1
    assert "make run" in output


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("GONGJI_PORT", "many", "a setting is wrong"),
        ("GONGJI_CHANNEL_APPS", "[", "GONGJI_CHANNEL_APPS is not a JSON array"),
        ("GONGJI_DATA_KEYS_FILE", "/nowhere", "GONGJI_DATA_KEYS_FILE cannot be read"),
    ],
)
def test_a_wrong_setting_is_one_clear_sentence(variable: str, value: str, said: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "service", "check"],
        env={**os.environ, variable: value},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_help_names_every_command_and_wrong_use_exits_with_2() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "service", "--help"], capture_output=True, text=True, check=True
    )
    for command in ("run", "serve", "work", "migrate", "check", "demo", "rotate-keys", "evidence"):
        assert command in shown.stdout
    wrong = subprocess.run([sys.executable, "-m", "service", "dance"], capture_output=True)
    assert wrong.returncode == 2
