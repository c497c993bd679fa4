"""The header lines of mail, folded and unfolded again."""

import email
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.message import EmailMessage

from hypothesis import example, given
from hypothesis import strategies as st

from sinks.mail_headers import SMTP, SMTPUTF8

WORD = st.one_of(
    st.sampled_from(
        ("Société", "déclaration", "passé", "acheteur,", "–", "l’Étoile", "(LYON)", "22/03/2026", "a" * 80)
    ),
    st.text(st.characters(codec="utf-8", categories=("L", "N", "P")), min_size=1, max_size=12),
)
WORDS = (
    st.lists(WORD, min_size=1, max_size=20)
    .map(" ".join)
    .filter(lambda words: not set('"\\\\') & set(words) and "=?" not in words)
)


def a_message(words: str, local_part: str, policy: object) -> bytes:
    message = EmailMessage(policy=policy)
    message["Subject"] = words
    message["To"] = Address(words, local_part, "example.com")
    return message.as_bytes()


@given(WORDS)
@example("Dupont et Fils : ouverture de liquidation judiciaire, délai de déclaration passé")
def test_every_reader_reads_the_words_that_were_written(words: str) -> None:
    """In ASCII, no encoded line over 78, each encoded word whole by itself: RFC 2047 read word by word gives all."""
    raw = a_message(words, "m.roux", SMTP)
    read = email.message_from_bytes(raw)
    assert str(make_header(decode_header(_unfolded(read["Subject"])))) == words
    name, _, address = str(make_header(decode_header(_unfolded(read["To"])))).rpartition(" ")
    assert address == "<m.roux@example.com>"
    assert name.strip('"') == words
    assert raw.isascii()
    assert all(len(line) <= 78 for line in raw.splitlines() if b"=?" in line)


@given(WORDS)
def test_where_utf8_is_taken_nothing_is_encoded(words: str) -> None:
    """The words stand in the lines as they are."""
    raw = a_message(words, "é", SMTPUTF8).decode()
    assert f"Subject: {words}\r\n" in raw
    assert "<é@example.com>" in raw


def _unfolded(value: str) -> str:
    return value.replace("\r\n", "").replace("\n", "")
