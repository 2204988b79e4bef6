"""WeChat mini-programs: sign-in by code and subscribe messages."""

from service.gateways.wechat.client import WeChatApp, WeChatGateway

__all__ = ["WeChatApp", "WeChatGateway"]
