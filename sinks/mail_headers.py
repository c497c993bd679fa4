"""The header lines of mail: whoever unfolds and decodes them reads the words and addresses that were written.

`email`'s own policies lose the space between two encoded words, and cut letters in two (RFC 2047, sections 5 and 6.2).
"""

import email.policy
from email.header import Header
from email.headerregistry import Address
from typing import Any

from sinks.smtp import wire_address
from sinks.typography import one_line

LONGEST = 600
"""Letters of ASCII words that stand in one line; a line takes 998 (RFC 5322, section 2.1.1), an address 320 of them."""


class _Whole(email.policy.EmailPolicy):
    """Words are encoded by `email.header`, which keeps them whole; with `utf8`, nothing is encoded."""

    def fold(self, name: str, value: Any) -> str:
        words, rest = str(value), ""
        if len(getattr(value, "addresses", ())) == 1:
            (mailbox,) = value.addresses
            words, rest = mailbox.display_name, f"<{mailbox.addr_spec}>"
        if self.utf8 or (words.isascii() and len(words) <= LONGEST):
            return f"{name}: {value}{self.linesep}"
        header = Header(words, "utf-8", header_name=name)
        if rest:
            header.append(rest, "us-ascii")
        return f"{name}: {header.encode(linesep=self.linesep)}{self.linesep}"

    def fold_binary(self, name: str, value: Any) -> bytes:
        return self.fold(name, value).encode()


SMTP = _Whole(linesep="\r\n")
"""For servers that take ASCII alone."""
SMTPUTF8 = SMTP.clone(utf8=True)
"""For those that take UTF-8 (RFC 6531)."""


def policy_for(address: str) -> email.policy.EmailPolicy:
    """How a message to this address is written: in ASCII, where the address lets it."""
    return SMTP if wire_address(address).isascii() else SMTPUTF8


def mailbox(name: str, address: str) -> Address:
    """Somebody's name and address, as they stand in From, To and Reply-To."""
    local_part, _, domain = wire_address(address).rpartition("@")
    return Address(verbatim(name), local_part, domain)


def verbatim(text: str, longest: int = 200) -> str:
    """The text on one line, and what looks like an encoded word (RFC 2047) broken up.

    `email` decodes such words wherever it meets them, line breaks included: a name could add a header.
    """
    return one_line(text, longest).replace("=?", "= ?")
