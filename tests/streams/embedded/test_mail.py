import asyncio
import smtplib
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import RefusedError
from streams.embedded.mail import MAIL_BYTES, read_mails, serve
from streams.embedded.ports import answers, wait_until

SERVE = """
import asyncio, sys
from pathlib import Path
from streams.embedded.mail import serve

asyncio.run(serve("127.0.0.1", int(sys.argv[1]), Path(sys.argv[2])))
"""


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    return tmp_path / "home" / "mails"


@pytest.fixture
def catcher(maildir: Path, free_port: int) -> Iterator[int]:
    """The port of a running mail catcher, in a process of its own."""
    argv = [sys.executable, "-c", SERVE, str(free_port), str(maildir)]
    with subprocess.Popen(argv) as process:
        assert wait_until(lambda: answers(free_port), timeout_s=30)
        yield free_port
        process.kill()


def test_a_mail_is_read_as_it_was_sent(catcher: int, maildir: Path) -> None:
    """Subject, recipient, date, text, HTML and Message-ID come back whole, accents and all."""
    message = a_mail("Jugement : ouverture d’une procédure", day=1)
    with smtplib.SMTP("127.0.0.1", catcher) as client:
        client.send_message(message)
    [mail] = read_mails(maildir)
    assert mail.subject == "Jugement : ouverture d’une procédure"
    assert mail.to == "Zoé Lefèvre <zoe@example.org>"
    assert mail.date == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert mail.text == "Votre acheteur…\n"
    assert mail.html == "<p>Votre acheteur…</p>\n"
    assert mail.message_id == "<1@vigie>"


def test_the_newest_mail_comes_first(catcher: int, maildir: Path) -> None:
    """Mails are sorted by their date, whatever the order of their arrival."""
    with smtplib.SMTP("127.0.0.1", catcher) as client:
        for day in (2, 3, 1):
            client.send_message(a_mail(f"day {day}", day))
    assert [mail.subject for mail in read_mails(maildir)] == ["day 3", "day 2", "day 1"]


def test_a_mail_over_the_limit_is_refused_at_once(catcher: int, maildir: Path) -> None:
    """The catcher announces its limit and refuses what says that it is larger; nothing of it is kept."""
    with smtplib.SMTP("127.0.0.1", catcher) as client:
        client.ehlo()
        assert client.esmtp_features["size"] == str(MAIL_BYTES)
        with pytest.raises(smtplib.SMTPSenderRefused):
            client.sendmail("a@example.org", ["b@example.org"], "x" * (MAIL_BYTES + 1))
    assert read_mails(maildir) == []


def test_only_loopback_is_listened_on(maildir: Path, free_port: int) -> None:
    """An address that others reach is refused."""
    with pytest.raises(RefusedError, match="not_loopback"):
        asyncio.run(serve("0.0.0.0", free_port, maildir))


def test_a_taken_port_is_refused(catcher: int, maildir: Path) -> None:
    """A second catcher on the same port says which setting moves it."""
    with pytest.raises(RefusedError, match=r"port_in_use.*VIGIE_SMTP_PORT"):
        asyncio.run(serve("127.0.0.1", catcher, maildir))


def test_no_maildir_yet_is_no_mail(maildir: Path) -> None:
    """Before the first mail there is nothing to read, and no error."""
    assert read_mails(maildir) == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"Subject: =?utf-8?b?A?=\nDate: never\nContent-Type: text/plain; charset=nowhere\n\nx",
        b"Subject: =?nowhere?q?x?=\nTo: \xe9\nDate: Mon, 99 Foo 0000 99:99:99 +9999\n\n",
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Transfer-Encoding: base64\n\n!\n",
    ],
)
def test_a_damaged_mail_does_not_hide_the_others(maildir: Path, content: bytes) -> None:
    """Beside a file that is broken in one way or another, the whole mail is still read."""
    (maildir / "new").mkdir(parents=True)
    (maildir / "new" / "directory").mkdir()
    (maildir / "new" / "1").write_bytes(content)
    (maildir / "new" / "2").write_bytes(a_mail("whole", day=1).as_bytes())
    assert "whole" in [mail.subject for mail in read_mails(maildir)]


HEADERS = [b"Subject: ", b"To: ", b"Date: ", b"Message-ID: ", b"Content-Type: ", b"Content-Transfer-Encoding: "]
VALUES = [b"=?utf-8?q?", b"=?", b"?=", b"text/plain; charset=", b"multipart/mixed; boundary=b", b"base64", b"\n--b\n\n"]


@given(
    st.lists(st.sampled_from([*HEADERS, *VALUES, b"\n", b"\n\n"]) | st.binary(max_size=6), max_size=30).map(b"".join)
)
def test_no_bytes_can_crash_the_reader(content: bytes) -> None:
    """Whatever a file holds, reading it gives one mail and no error."""
    with TemporaryDirectory() as directory:
        (Path(directory) / "new").mkdir()
        (Path(directory) / "new" / "1").write_bytes(content)
        assert len(read_mails(Path(directory))) == 1


def a_mail(subject: str, day: int) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "vigie@localhost"
    message["To"] = "Zoé Lefèvre <zoe@example.org>"
    message["Subject"] = subject
    message["Date"] = datetime(2026, 3, day, 12, tzinfo=UTC)
    message["Message-ID"] = f"<{day}@vigie>"
    message.set_content("Votre acheteur…")
    message.add_alternative("<p>Votre acheteur…</p>", subtype="html")
    return message
