"""Loaded by schemathesis where it plays an institution's counter: signs every call anew."""

import os
from typing import Any

import httpx
import schemathesis

from service.till import Till

_TILL = Till(
    httpx.AsyncClient(),
    code=os.environ["GONGJI_COUNTER_CODE"],
    secret=os.environ["GONGJI_COUNTER_SECRET"],
)


@schemathesis.hook
def before_call(
    context: schemathesis.HookContext, case: "schemathesis.Case[Any]", kwargs: dict[str, Any]
) -> None:
    case.headers.update(_TILL.headers())
