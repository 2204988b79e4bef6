"""Alipay's official SDKs, unmodified, against the stand-in for its gateway.

python -m tests.acceptance.alipay_sdks [--help]

Needs root (the Python SDK knows no port but 80) and a package index; Node's SDK is run where npm
is installed. Exits 0 when all passed, 1 at a failure, 2 when it cannot be run here.
"""

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import httpx
import msgspec
from litestar import Litestar

from service.gateways.alipay.sandbox import AlipaySandbox
from tests.gateways.alipay_platform import AES_APP, ID_NUMBER, NAME, TEMPLATE, Platform
from tests.serving import serving

PYTHON_SDK = "alipay-sdk-python==3.7.1411"
PYTHON_SDK_NEEDS = ["pycryptodome", "rsa", "pyasn1"]
NODE_SDK = "alipay-sdk@4.14.0"
PORT = 80
PHONE = "13000000003"
HERE = Path(__file__).parent
CANNOT_RUN = 2


def main() -> int:
    """Run what can be run here and tell how it went, a line for each check."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sdk", choices=["python", "node", "all"], default="all")
    wanted = parser.parse_args().sdk
    if obstacle := _obstacle():
        print(f"cannot run: {obstacle}")  # noqa: T201
        return CANNOT_RUN
    platform = Platform()
    passed = True
    with serving(Litestar([platform.sandbox.router()], openapi_config=None), port=PORT) as url:
        platform.url = url
        with tempfile.TemporaryDirectory(prefix="alipay-sdks-") as folder:
            if wanted in ("python", "all"):
                passed &= _run_python(platform, Path(folder))
            if wanted in ("node", "all"):
                passed &= _run_node(platform, Path(folder))
    return 0 if passed else 1


def _obstacle() -> str | None:
    if os.geteuid() != 0:
        return "port 80 needs root"
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", PORT))
        except OSError:
            return "port 80 is taken"
    return None


def _run_python(platform: Platform, folder: Path) -> bool:
    """The SDK stays in its wheel and is imported from there: unpacked it has 36,000 files."""
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    _run([*pip, "download", "--no-deps", "--dest", str(folder), PYTHON_SDK])
    _run([*pip, "install", "--target", str(folder / "needs"), *PYTHON_SDK_NEEDS])
    [wheel] = folder.glob("alipay_sdk_python-*.whl")
    path = os.pathsep.join([str(wheel), str(folder / "needs")])
    script = HERE / "alipay_python_sdk.py"
    return _checked([sys.executable, str(script)], platform, {"PYTHONPATH": path})


def _run_node(platform: Platform, folder: Path) -> bool:
    if not (shutil.which("node") and shutil.which("npm")):
        print("skip node: node or npm is not installed")  # noqa: T201
        return True
    _run(["npm", "install", "--silent", "--no-audit", "--prefix", str(folder), NODE_SDK])
    script = shutil.copy(HERE / "alipay_node_sdk.mjs", folder)
    return _checked(["node", str(script)], platform, {})


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, timeout=600)


def _checked(command: list[str], platform: Platform, environment: dict[str, str]) -> bool:
    """Hand the script its task on standard input; it prints its own lines."""
    run = subprocess.run(
        command,
        input=msgspec.json.encode(_task(platform)),
        env=os.environ | environment,
        timeout=120,
        check=False,
    )
    return run.returncode == 0


def _task(platform: Platform) -> dict[str, object]:
    """What an SDK needs: addresses, keys, a fresh auth code of a certified user, consent."""
    person = {"app_id": AES_APP, "phone": PHONE}
    certified = person | {"id_number": ID_NUMBER, "name": NAME}
    consent = person | {"template_id": TEMPLATE, "times": 1}
    with httpx.Client(base_url=f"{platform.url}/alipay/_phone") as phone:
        user = phone.post("/auth-code", json=certified).raise_for_status().json()
        phone.post("/consent", json=consent).raise_for_status()
    return {
        "gateway": "http://127.0.0.1/alipay/gateway.do",
        "app_id": AES_APP,
        "private_key": platform.ours.private,
        "alipay_public_key": platform.theirs.public,
        "aes_key": platform.aes_key,
        "auth_code": user["code"],
        "open_id": user["open_id"],
        "name": NAME,
        "id_number": ID_NUMBER,
        "template_id": TEMPLATE,
        "notify": _notify(platform.sandbox),
    }


def _notify(sandbox: AlipaySandbox) -> dict[str, str]:
    return sandbox.signed_notify({"msg_method": "acceptance", "note": NAME}, app_id=AES_APP)


if __name__ == "__main__":
    sys.exit(main())
