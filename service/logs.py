"""Structured logs without personal data: what is logged is listed, never what came in.

Libraries' own loggers are kept at warning: some print URLs with codes in them.
"""

import json
import logging
import sys

import structlog


class _LibraryLine(logging.Formatter):
    """A library's line as JSON: what kind of trouble, never its text or stack, which may quote
    what came in."""

    def format(self, record: logging.LogRecord) -> str:
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        line = {"event": "library", "logger": record.name, "level": record.levelname.lower()}
        return json.dumps({**line, "place": f"{record.module}:{record.lineno}", "kind": kind})


def set_up_logs(level: str, *, process: str) -> None:
    """JSON lines on standard error, times in UTC."""
    chosen = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_LibraryLine())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for name in ("asyncpg", "httpx", "httpcore", "urllib3", "asyncio", "pgqueuer", "wechatpy"):
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(chosen),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    structlog.contextvars.bind_contextvars(process=process)
