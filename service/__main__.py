"""The command line: `python -m service COMMAND`. Exit codes: 0 done, 1 wrong, 2 usage."""

import argparse
import os
import sys
from pathlib import Path

import structlog
import uvloop

from service import batch_commands, book_commands, commands
from service.crypto import CryptoFault
from service.database import DatabaseAway
from service.domain.policy import PolicyFault
from service.embedded import EmbeddedTrouble
from service.gateways import GatewayTrouble
from service.lifeline import end_with_parent
from service.logs import set_up_logs
from service.migrations import MigrationFault
from service.sessions import SessionsAway
from service.settings import SettingsFault, read_settings
from service.supervisor import RunTrouble

_TROUBLE = (
    SettingsFault,
    EmbeddedTrouble,
    RunTrouble,
    MigrationFault,
    PolicyFault,
    CryptoFault,
    DatabaseAway,
    GatewayTrouble,
    SessionsAway,
    commands.CommandFault,
)


_INTERRUPTED = 130


def main() -> int:
    arguments = _parser().parse_args()
    end_with_parent()
    try:
        settings = read_settings(os.environ)
        set_up_logs(settings.log_level, process=arguments.command)
        code: int = uvloop.run(arguments.action(settings, arguments))
        return code
    except KeyboardInterrupt:  # services end by it as they should; a command says what it did
        sys.stderr.write("Interrupted; what was done before stays.\n")
        return _INTERRUPTED
    except _TROUBLE as fault:
        sys.stderr.write(f"{fault}\n")
        return 1
    except OSError as fault:
        structlog.get_logger().error("stopped", kind=type(fault).__name__)
        sys.stderr.write(f"Cannot go on: {fault.strerror or type(fault).__name__}.\n")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m service", description=__doc__)
    add = parser.add_subparsers(dest="command", required=True, metavar="COMMAND").add_parser

    def command(name: str, action: object, text: str) -> argparse.ArgumentParser:
        sub = add(name, help=text, description=text)
        sub.set_defaults(action=action)
        return sub

    command("run", commands.run, "everything on this machine: servers, sandboxes, API, worker")
    serve = command("serve", commands.serve, "the API")
    serve.add_argument("--in-process", action="store_true", help="one process, whatever is set")
    command("work", commands.work, "the worker: scheduled and background jobs")
    command("sandbox", commands.sandbox, "the sandboxes of the outside platforms")
    command("migrate", commands.migrate, "bring the database to this version")
    command("check", commands.check, "check settings, keys, policies, connections")
    demo = command("demo", commands.demo, "play the walkthrough against a running service")
    demo.add_argument("--api", help="base URL of the API")
    demo.add_argument("--sandboxes", help="base URL of the sandboxes")
    demo.add_argument("--counters", type=Path, help="file with the institutions' counter keys")
    command("rotate-keys", commands.rotate, "seal and index all data anew under the newest keys")
    clerk = command("add-clerk", commands.new_clerk, "add a hall clerk; prints the password once")
    clerk.add_argument("login")
    clerk.add_argument("--area", required=True, help="six-digit pooling area")
    clerk.add_argument("--role", action="append", required=True, choices=("intake", "review"))
    gone = command("disable-clerk", commands.end_clerk, "disable a hall clerk and end the sessions")
    gone.add_argument("login")
    credit = command("credits", commands.load_credits, "credit accounts from a month's file")
    credit.add_argument("file", type=Path, help="CSV in UTF-8: one area, one month")
    listed = command(
        "load-institutions", commands.institutions, "add or replace institutions from a CSV list"
    )
    listed.add_argument("file", type=Path)
    key = command(
        "counter-key", commands.counter_key, "make an institution's counter key; prints it once"
    )
    key.add_argument("code", help="code of the institution")
    key.add_argument("--revoke", action="store_true", help="revoke all its keys, make none")
    book_commands.add_commands(command)
    batch_commands.add_commands(command)
    command("check-evidence", commands.check_evidence, "go through all signed evidence and chains")
    evidence = command("evidence", commands.evidence, "verify a downloaded evidence file, offline")
    evidence.add_argument("verb", choices=("verify",))
    evidence.add_argument("file", type=Path)
    evidence.add_argument("--public-key", type=Path, help="trusted SM2 public key (PEM)")
    evidence.add_argument("--previous", type=Path, help="the signer's evidence before this one")
    return parser


if __name__ == "__main__":
    sys.exit(main())
