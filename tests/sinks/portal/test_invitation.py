"""The mail with the link: whom it says it is from and for, as any mail reader reads it."""

import email
from email.header import decode_header, make_header

import pytest

from sinks.portal.invitation import invitation
from streams.settings import Settings

LINK = "https://portal.assureur.example/sign-in/link?token=x"


@pytest.mark.parametrize(
    ("mail_from", "name", "address"),
    [
        ("Vigie <vigie@vigie.example>", "Vigie", "vigie@vigie.example"),
        ("Crédit Assuré <alertes@assuré.example>", "Crédit Assuré", "alertes@xn--assur-fsa.example"),
        ('"Assurance, Crédit" <alertes@assureur.example>', '"Assurance, Crédit"', "alertes@assureur.example"),
        ("alertes@assuré.example", "", "alertes@xn--assur-fsa.example"),
    ],
)
def test_the_sender_is_read_as_it_was_set(mail_from: str, name: str, address: str) -> None:
    """With accents in name and domain, or without: all of it in ASCII on its way."""
    raw = invitation(Settings(mail_from=mail_from), "a.petit@assure.example.com", LINK, "fr").as_bytes()
    read = email.message_from_bytes(raw)
    said, _, mailbox = str(make_header(decode_header(read["From"]))).rpartition(" ")
    assert (said.strip('"'), mailbox.strip("<>")) == (name.strip('"'), address)
    assert read["Message-ID"].endswith(f"@{address.partition('@')[2]}>")
    assert raw.isascii()


def test_an_address_with_accents_stays_as_it_is() -> None:
    """It needs a server that takes UTF-8, which is told so (RFC 6531); its domain would not."""
    raw = invitation(Settings(), "hélène@assuré.example", LINK, "fr").as_bytes()
    assert "To: hélène@xn--assur-fsa.example\r\n".encode() in raw
