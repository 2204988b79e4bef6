"""A callback of the tax bureau: applied like any other answer, however often it comes."""

from service.flows.apply_refund import apply_refund
from service.flows.apply_results import apply_results
from service.gateways.tax import RefundResult, Result
from service.world import World


async def receive_tax_notice(world: World, notice: Result | RefundResult) -> bool:
    """Whether it is about an order of ours. `notice` has been found genuine."""
    if isinstance(notice, RefundResult):
        return await apply_refund(world, notice)
    return await apply_results(world, [notice]) > 0
