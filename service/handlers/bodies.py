"""JSON bodies as the API description tells them: the framework alone would take "100" for 100,
and any Content-Type for JSON."""

import re
from typing import Any

import msgspec
from litestar import Request
from litestar.exceptions import ValidationException

from service.problems import Problem

_PLACE = re.compile(r" - at `\$\.?(.*)`$")


class StrictRequest(Request[Any, Any, Any]):
    """Reads the body into the type of the handler's `data`, guessing nothing."""

    async def json(self) -> Any:
        """Raises Problem for another Content-Type, ValidationException naming the field."""
        if self.content_type[0] != "application/json":
            raise Problem("request.media_type")
        if b"\\u0000" in await self.body():
            raise Problem("request.malformed")  # PostgreSQL keeps no such character
        try:
            value = await super().json()
        except (RecursionError, UnicodeDecodeError):
            raise Problem("request.malformed") from None
        kind = self.route_handler.parsed_fn_signature.parameters["data"].annotation
        try:
            return msgspec.convert(value, kind)
        except msgspec.ValidationError as fault:
            text = str(fault)
            place = _PLACE.search(text)
            error = {"key": place[1] if place else "", "message": text}
            raise ValidationException(extra=[error]) from None
