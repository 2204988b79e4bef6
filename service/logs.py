"""Structured logs without personal data: what is logged is listed, never what came in.

Libraries' own loggers are kept at warning: some print URLs with codes in them.
"""

import logging
import sys

import structlog


def set_up_logs(level: str, *, process: str) -> None:
    """JSON lines on standard error, times in UTC."""
    chosen = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(message)s", force=True)
    for name in ("httpx", "httpcore", "urllib3", "asyncio", "pgqueuer", "wechatpy"):
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
