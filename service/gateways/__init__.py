"""The outside platforms, in our words.

Each folder holds one platform: `client.py` speaks to it, `wire.py` has its words, `sandbox.py` is a
stand-in that speaks the same wire format. An expected "no" is a value; trouble on the way is
`GatewayTrouble`.
"""

from collections.abc import Mapping
from typing import Literal, Protocol

from msgspec import Struct

PlatformName = Literal["wechat", "alipay", "platform", "tax"]


class GatewayTrouble(Exception):
    """The platform gave no usable answer: unreachable, too slow, or answering garbage.

    Carries no personal data; `reason` is for our log, never for the citizen. `answered`: it did
    speak, so that what was asked may be what it chokes on.
    """

    def __init__(self, platform: PlatformName, reason: str, *, answered: bool = False) -> None:
        super().__init__(f"{platform}: {reason}")
        self.platform: PlatformName = platform
        self.reason, self.answered = reason, answered


class CertifiedIdentity(Struct, frozen=True, kw_only=True):
    """The real name a channel has certified for its user, where it tells."""

    id_number: str
    name: str


class ChannelUser(Struct, frozen=True, kw_only=True):
    """Who signed in, as the channel knows them: `subject` is the openid or open_id in one app."""

    subject: str
    certified: CertifiedIdentity | None = None


class SignInRefused(Struct, frozen=True, kw_only=True):
    """The channel did not accept the sign-in code."""

    reason: Literal["code_invalid", "code_used", "code_expired"]


class ChannelMessage(Struct, frozen=True, kw_only=True):
    """A message for one user; `fields` maps the template's own field names to text."""

    template_id: str
    page: str
    fields: Mapping[str, str]


class Delivery(Struct, frozen=True, kw_only=True):
    """What became of a message. `refused`: the user does not want it, so it is not tried again."""

    outcome: Literal["sent", "refused", "rejected"]
    code: str = ""


class Channel(Protocol):
    """A mini-program platform: signs users in and carries messages to them."""

    async def sign_in(self, code: str, *, app_id: str) -> ChannelUser | SignInRefused:
        """Exchange the one-time code of the mini-program. Raises GatewayTrouble."""
        ...

    async def send(self, message: ChannelMessage, *, app_id: str, subject: str) -> Delivery:
        """Send one message. Raises GatewayTrouble when it is not known whether it was sent."""
        ...
