"""Alipay's open platform: sign-in to the mini-program, certified identity, template messages."""

from service.gateways.alipay.client import AlipayApp, AlipayGateway

__all__ = ["AlipayApp", "AlipayGateway"]
