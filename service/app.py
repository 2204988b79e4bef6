"""The only composition root: settings and a world in, an application out."""

from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.middleware import DefineMiddleware

from service import description
from service.handlers import (
    access,
    answers,
    bindings,
    callbacks,
    certificates,
    clerk_sessions,
    code_delegations,
    commitments,
    counters,
    documents,
    failures,
    family_codes,
    filings,
    fsi,
    hall,
    health,
    institution_statements,
    institutions,
    methods,
    policies,
    premium_batches,
    premium_plans,
    premiums,
    reviews,
    sessions,
    statements,
    status,
)
from service.handlers.bodies import StrictRequest
from service.telemetry import Telemetry
from service.world import World

JSON_BYTES_MAX = 64 * 1024

ROUTERS = (
    sessions.router,
    policies.router,
    bindings.router,
    documents.router,
    commitments.router,
    certificates.router,
    status.router,
    statements.router,
    code_delegations.router,
    family_codes.router,
    counters.router,
    institution_statements.router,
    fsi.router,
    institutions.router,
    filings.router,
    premiums.router,
    premium_plans.router,
    callbacks.router,
    clerk_sessions.router,
    hall.router,
    reviews.router,
    premium_batches.router,
    health.router,
)


def create_app(world: World) -> Litestar:
    """The API over an opened world; who opens it closes it."""
    app = Litestar(
        route_handlers=[*ROUTERS, description.assets()],
        middleware=[
            Telemetry(),
            DefineMiddleware(access.Authentication),
        ],
        dependencies={
            "world": Provide(access.world_of, sync_to_thread=False),
            "session": Provide(access.session_of, sync_to_thread=False),
            "change": Provide(answers.change_of, sync_to_thread=False),
            "institution": Provide(access.institution_of, sync_to_thread=False),
            "address": Provide(access.address_of, sync_to_thread=False),
        },
        before_send=[methods.tell],
        exception_handlers=dict(failures.HANDLERS),
        request_class=StrictRequest,
        request_max_body_size=JSON_BYTES_MAX,
        openapi_config=description.configuration(),
        state=State({"world": world}),
        logging_config=None,
    )
    description.complete(app)
    return app
