"""The outside of P5 in a process of its own: a tax bureau that answers at once, and an insurance
platform that takes everybody for a resident of the demonstration area."""

import os

import uvicorn
from litestar import Litestar

from service.development_policies import AREA
from service.gateways.platform.sandbox import PlatformSandbox
from service.gateways.sandbox import Switch
from service.gateways.tax.sandbox import TaxSandbox
from service.settings import read_settings
from service.world import platform_config, tax_config, utc_now


def main() -> None:
    settings = read_settings(os.environ)
    switches = {"platform": Switch(), "tax": Switch()}
    platform = PlatformSandbox(
        platform_config(settings),
        people=[],
        switches=switches,
        clock=utc_now,
        synthetic=lambda _, name: AREA,
    )
    tax = TaxSandbox(
        tax_config(settings), switches=switches, clock=utc_now, on_paid=platform.credit_premium
    )
    app = Litestar([platform.router(), tax.router()], openapi_config=None, logging_config=None)
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=settings.sandbox_port,
        http="httptools",
        loop="uvloop",
        log_config=None,
    )


if __name__ == "__main__":
    main()
