"""An expected "no". It is a value, never an exception, and it names the rule that says no."""

from collections.abc import Mapping

from msgspec import Struct, field


class Refusal(Struct, frozen=True, kw_only=True):
    """`code` is a row of the problem table; `clause` the reference of the rule in the policy file.

    `facts` fill the sentences of the problem table and hold no personal data.
    """

    code: str
    clause: str = ""
    facts: Mapping[str, str | int] = field(default_factory=dict)
