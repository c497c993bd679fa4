"""What the mails say, in both languages, and what nobody can make them say."""

import datetime as dt
import email
import email.policy
import html
import re
import uuid
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from schemas.base import Record
from schemas.events.court_judgments import Person
from schemas.notices.header import NoticeHeader
from schemas.notices.judgments import CoverFacts
from sinks.email.addressing import To
from sinks.email.render import Letterhead, Mail, render

GOLDENS = Path(__file__).parent / "goldens"
LETTERHEAD = Letterhead(
    "Vigie Assurance-crédit", "avis@assureur.example", "https://portail.example", ZoneInfo("Europe/Paris")
)
SENT_AT = dt.datetime(2026, 3, 14, 8, 0, 3, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
EFFECT = {
    "fr": "Elle ne couvre plus de nouvelles livraisons à compter du 10 mars 2026 (art. 7 de votre police).",
    "en": "It no longer covers new deliveries from 10 March 2026 (art. 7 of your policy).",
}


class SomethingNew(Record):
    """A kind of notice that this version of the sink does not know."""

    header: NoticeHeader


CASES: dict[str, Any] = {
    "open": lambda make, language: make.alert(
        language=language, body=make.body(claim_goods_by=dt.date(2026, 6, 15), effect_on_cover=EFFECT[language])
    ),
    "open-to-verify-without-officer": lambda make, language: make.alert(
        language=language, body=make.body(declaration=make.declaration(to_verify=True, officer=None))
    ),
    "last-day": lambda make, language: make.alert(
        language=language, body=make.body(declaration=make.declaration(declare_by=dt.date(2026, 3, 14)))
    ),
    "past": lambda make, language: make.alert(
        language=language,
        body=make.body(
            declaration=make.declaration(declare_by=dt.date(2026, 3, 1)), claim_goods_by=dt.date(2026, 3, 2)
        ),
    ),
    "foreclosed": lambda make, language: make.alert(
        language=language,
        body=make.body(
            declaration=make.declaration(declare_by=dt.date(2025, 3, 1), relief_by=dt.date(2025, 7, 1)),
            cover=make.body().cover.model_copy(update={"basis": "RUN_OFF", "until": dt.date(2025, 2, 1)}),
        ),
    ),
    "foreign-court": lambda make, language: make.alert(
        language=language,
        body=make.body(
            declaration=make.declaration(declare_by=None, relief_by=None, ground="FOREIGN_COURT", officer=None),
            judgment=make.judgment(buyer_id="GB:01234567", person=Person(name="Joinery Ltd", kind="legal")),
        ),
    ),
    "no-publication-date": lambda make, language: make.alert(
        language=language,
        body=make.body(declaration=make.declaration(declare_by=None, relief_by=None, ground="NO_PUBLICATION_DATE")),
    ),
    "no-period-unnamed-buyer-no-contact": lambda make, language: make.alert(
        language=language,
        contact=None,
        body=make.body(
            declaration=None,
            judgment=make.judgment(nature="Jugement arrêtant le plan de redressement", nature_class="PLAN_ADOPTED"),
            cover=CoverFacts(basis="UNNAMED", cover_id=None, amount=None, currency=None, since=dt.date(2026, 1, 1)),
        ),
    ),
    "marked-as-correction": lambda make, language: make.alert(language=language, corrects=make.cited),
    "rectified": lambda make, language: make.rectified(language=language, changed=("judgment_date", "officers")),
    "nearer-date": lambda make, language: make.rectified(language=language, changed=("publication",), body=make.body()),
    "nearer-by-terms": lambda make, language: make.rectified(language=language, changed=("terms",), body=make.body()),
    "rectified-concerns-no-more": lambda make, language: make.rectified(
        language=language,
        changed=("buyer_id", "person"),
        body=make.body(cover=None, declaration=None, judgment=make.judgment(buyer_id="FR:345086177")),
    ),
    "annulled": lambda make, language: make.annulled(language=language),
    "annulled-never-told-no-court": lambda make, language: make.annulled(
        language=language, revises=None, body=make.body(declaration=None, judgment=make.judgment(court=""))
    ),
    "recipients": lambda make, language: make.recipients_changed(
        [],
        [
            make.recipient(),
            make.recipient(recipient_id="R-2", name="Rhône & Fils", email="a@rhone.example", role="BROKER"),
        ],
        language=language,
    ),
    "unknown-kind": lambda make, language: SomethingNew(header=make.header(language=language)),
}


def mail(notice: Any, *, name: str = "Madame Petit", at: dt.datetime = SENT_AT, **values: Any) -> Mail:
    return render(notice, To(name, "a.petit@menuisier.example"), "R-1", LETTERHEAD, at, **values)


def parsed(one: Mail) -> Any:
    return email.message_from_bytes(one.mime, policy=email.policy.default)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("case", CASES)
def test_the_words_are_those_that_were_agreed(make: Any, case: str, language: str) -> None:
    """Each case reads as its golden; delete a golden to have it written anew, and read it before you commit it."""
    one = mail(CASES[case](make, language))
    said = f"{one.words.subject}\n{'=' * 76}\n{one.words.text}"
    golden = GOLDENS / f"{case}.{language}.txt"
    if not golden.exists():
        golden.write_text(said, "utf-8")
        pytest.fail(f"{golden} was not there and has been written: read it")
    assert said == golden.read_text("utf-8")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_former_recipient_learns_nothing_of_the_new_ones(make: Any, language: str) -> None:
    """Told that mails end, not who gets them now; nor led to a portal that lets them in no more."""
    notice = make.recipients_changed(
        [make.recipient()], [make.recipient(name="New", email="n@new.example")], language=language
    )
    one = mail(notice, former=True)
    assert "P-2041" in one.words.subject
    assert b"new.example" not in one.mime
    assert LETTERHEAD.portal_url not in one.words.text + one.words.html


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("case", CASES)
def test_text_and_html_say_the_same(make: Any, case: str, language: str) -> None:
    """Whoever reads only the text misses no word, and the HTML shows nothing that the text lacks."""
    one = mail(CASES[case](make, language))
    body = re.sub(r"<(style|title)>.*?</\1>", "", one.words.html, flags=re.DOTALL)
    body = re.sub(r"</?(strong|span|a)\b[^>]*>", "", body)  # these stand within a line
    shown = _words(html.unescape(re.sub(r"<[^>]+>", " ", body)))
    assert shown == _words(one.words.text) - _words(f"{LETTERHEAD.portal_url}/n/{parsed(one)['X-Vigie-Notice']}")


def test_the_contact_and_the_disclaimer_stand_in_every_mail(make: Any) -> None:
    """Commitments 22 and 35, whatever the kind; the reply goes to the contact."""
    for build in CASES.values():
        notice = build(make, "fr")
        one = mail(notice)
        assert " ".join(notice.header.disclaimer.split()) in " ".join(one.words.text.replace("\u202f", " ").split())
        if notice.header.contact:
            assert {"jean", "martin", "jean.martin@assureur.example"} <= _words(one.words.text)
            assert "jean.martin@assureur.example" in parsed(one)["Reply-To"]


def test_nothing_is_loaded_from_anywhere(make: Any) -> None:
    """No image, no script, no style from elsewhere: opening a mail tells nobody."""
    for build in CASES.values():
        page = mail(build(make, "fr")).words.html
        assert not re.search(r"<(img|script|link|iframe)|@import|url\(|\ssrc=|background=", page)
        assert set(re.findall(r'href="([a-z]+):', page)) <= {"https", "mailto"}


def test_headers_say_who_what_and_to_whom(make: Any) -> None:
    """As RFC 5322, 2919 and 3834 have it; the insurer's name stands before the address."""
    message = parsed(mail(make.rectified()))
    notice_id = "7d110000-0000-5000-8000-000000000002"
    assert message["From"] == "Vigie Assurance-crédit <avis@assureur.example>"
    assert message["To"] == "Madame Petit <a.petit@menuisier.example>"
    assert message["Date"].datetime == SENT_AT
    assert message["MIME-Version"] == "1.0"
    assert (message["X-Vigie-Notice"], message["Content-Language"]) == (notice_id, "fr")
    assert (message["Auto-Submitted"], message["List-Id"]) == ("auto-generated", "<notices.assureur.example>")
    assert re.fullmatch(rf"<{notice_id}\.[0-9a-f]{{16}}@assureur\.example>", message["Message-ID"])
    assert message["In-Reply-To"] == message["References"] == parsed(mail(make.alert()))["Message-ID"]
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


def test_what_was_written_is_what_is_read(make: Any) -> None:
    """Both parts come out of the message as they went in, accents and all."""
    one = mail(make.alert())
    text, page = (part.get_content().replace("\r\n", "\n") for part in parsed(one).iter_parts())
    assert (text, page) == (one.words.text, one.words.html)


def test_the_same_notice_gives_the_same_bytes(make: Any) -> None:
    """Nothing random, no clock of its own: not even the boundary between the parts."""
    assert mail(make.alert()).mime == mail(make.alert()).mime


def test_every_line_is_short_ascii(make: Any) -> None:
    """Every server takes it (RFC 5321): no line over 998 bytes, nothing above 7 bits."""
    buyer = make.judgment(person=Person(name="É" * 4000, kind="legal"), nature="Ж" * 5000)
    content = mail(make.alert(body=make.body(judgment=buyer))).mime
    assert content.isascii()
    assert max(map(len, content.splitlines())) <= 998


INJECTIONS = [
    "X\r\nBcc: thief@example.com",
    "X\nBcc: thief@example.com",
    "X\r\n\r\n<script>alert(1)</script>",
    "X\u2028Bcc: thief@example.com",
    "X\u202egpj.exe",
    '"quoted" <thief@example.com>, other',
    "<b>bold</b> & {{ 7 * 7 }} {% raw %}",
    "Łódź, Ś & Sons; «Ça»",
    "💼 事務所",
    "=?utf-8?q?=0ABcc=3A_thief=40example.com?=",
    "",
]


@pytest.mark.parametrize("name", INJECTIONS)
def test_names_add_no_header_no_recipient_and_no_markup(make: Any, name: str) -> None:
    """Whatever a provider sends as a name stays a name."""
    notice = make.alert(
        title=name,
        contact=make.header().contact.model_copy(update={"name": name}),
        body=make.body(judgment=make.judgment(person=Person(name=name, kind="legal"), nature=name)),
    )
    one = mail(notice, name=name)
    message = parsed(one)
    assert message["Bcc"] is None
    assert [address.addr_spec for address in message["To"].addresses] == ["a.petit@menuisier.example"]
    assert [address.addr_spec for address in message["Reply-To"].addresses] == ["jean.martin@assureur.example"]
    assert set(message.keys()) == set(parsed(mail(make.alert())).keys())
    assert not re.search(r"<script|<b>|\u202e|\u2028", one.words.html)
    assert not re.search(r"\u202e|\u2028", one.words.text)
    assert "49" not in one.words.text.replace("5f0c", "")
    assert message["To"].addresses[0].display_name == " ".join(_printable(name).split()).replace("=?", "= ?")


def test_an_international_domain_travels_in_ascii(make: Any) -> None:
    """A server without SMTPUTF8 takes it all the same."""
    one = render(make.alert(), To("Jürgen", "j@müller.example"), "R-1", LETTERHEAD, SENT_AT)
    assert parsed(one)["To"] == "Jürgen <j@xn--mller-kva.example>"


def test_an_address_beyond_ascii_is_written_as_it_is(make: Any) -> None:
    """RFC 6531: the whole message is then UTF-8, for servers that say that they take it."""
    one = render(make.alert(), To("Jürgen", "jürgen@example.com"), "R-1", LETTERHEAD, SENT_AT)
    assert "To: Jürgen <jürgen@example.com>" in one.mime.decode()


def test_a_long_name_cuts_no_date_off_the_subject(make: Any) -> None:
    """Who, what and by when, whatever the buyer is called."""
    buyer = make.judgment(person=Person(name="ÉTABLISSEMENTS " * 20, kind="legal"))
    subject = parsed(mail(make.alert(body=make.body(judgment=buyer))))["Subject"]
    assert subject.endswith("déclarez votre créance au plus tard le 15 mai 2026")


def test_two_recipients_have_two_message_ids(make: Any) -> None:
    """Each recipient's copy is a message of its own, also where one is told of leaving the list."""
    to = To("A", "a@example.com")
    ids = {
        parsed(render(make.alert(), to, recipient, LETTERHEAD, SENT_AT, former=former))["Message-ID"]
        for recipient in ("R-1", "R-2")
        for former in (False, True)
    }
    assert len(ids) == 4


def test_a_kind_that_nobody_knows_is_sent_with_its_title(make: Any) -> None:
    """Plain, never dropped."""
    one = mail(SomethingNew(header=make.header(title="Une chose nouvelle", notice_id=uuid.UUID(int=3))))
    assert one.words.subject == "Une chose nouvelle"
    assert one.template.startswith("plain@")


@pytest.mark.parametrize(
    ("days", "label"), [(0, "À FAIRE"), (1, "DÉLAI PASSÉ"), (122, "DÉLAI PASSÉ"), (123, "DÉLAI PASSÉ")]
)
def test_what_is_past_is_never_a_thing_to_do(make: Any, days: int, label: str) -> None:
    """Open through the last day in Paris, to the minute; then it is called past, in the subject too."""
    late_evening = dt.datetime(2026, 5, 15, 21, 59, tzinfo=dt.UTC)
    words = mail(make.alert(), at=late_evening + days * DAY).words
    assert [one for one in ("À FAIRE", "DÉLAI PASSÉ") if f"{one}\n" in words.text] == [label]
    assert ("déclarez votre créance" in words.subject) == (days == 0)


def _words(text: str) -> set[str]:
    words = re.split(r"[\s\u00a0\u202f]+", text)
    return {word.strip(":").casefold() for word in words if word.strip(":-")}


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)
