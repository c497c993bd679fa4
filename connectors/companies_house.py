"""Companies House, the register of the United Kingdom: events of its stream become buyer updates and judgments.

Source: Companies House streaming API; Open Government Licence v3.0.
"""

import datetime as dt
import re
from collections.abc import Iterator
from typing import BinaryIO

from pydantic import ValidationError

from connectors import json_lines
from connectors.companies_house_cases import Case, cases
from connectors.companies_house_stream import CompaniesHouseSettings, fetch
from connectors.json_fields import Fields, date, instant, invalid, part, parts, text, texts, verbatim
from connectors.refusal import Refusal, excerpt, refusal, refuses_file
from connectors.registry import Connector
from schemas.base import EventHeader
from schemas.errors import RefusedError
from schemas.events.buyer_updates import Activity, Address, BuyerUpdated
from schemas.events.court_judgments import JudgmentPublished, Person, Publication

SOURCE = "companies_house"
_NUMBER = re.compile(r"(?P<register>[A-Z]{0,2})(?P<digits>\d{1,8})(?P<suffix>[A-Z]?)", re.ASCII)
_STREAMS = {"company-insolvency": "insolvency-cases", "company-profile": "companies"}
_STATUSES = {
    **dict.fromkeys(("active", "open", "registered"), "ACTIVE"),
    **dict.fromkeys(("dissolved", "removed"), "STRUCK_OFF"),
    **dict.fromkeys(
        ("liquidation", "receivership", "administration", "voluntary-arrangement", "insolvency-proceedings"),
        "IN_PROCEEDINGS",
    ),
}
_CHANGED = {
    "company_name": "name",
    "company_status": "status",
    "registered_office_address": "address",
    "sic_codes": "activity",
    "type": "legal_form",
}
_LINES = ("care_of", "po_box", "premises", "address_line_1", "address_line_2", "locality", "region")
_COUNTRIES = {
    **dict.fromkeys(("United Kingdom", "England", "Wales", "Scotland", "Northern Ireland", "Great Britain"), "GB")
}

Event = BuyerUpdated | JudgmentPublished


@refuses_file
def parse(file: BinaryIO, now: dt.datetime) -> Iterator[Event | Refusal]:
    """Every event of the stream as what it says of the company, or as a refusal. ``now`` is when we publish."""
    for place, told in json_lines.objects(file):
        yield from _outcomes(place, told, now)


def _outcomes(place: str, told: Fields | RefusedError, now: dt.datetime) -> Iterator[Event | Refusal]:
    try:
        yield from _events(told, now)
    except RefusedError as error:
        yield refusal(_label(told), place, error)


def _label(told: Fields | RefusedError) -> str:
    found = None if isinstance(told, RefusedError) else told.get("resource_uri")
    return found if isinstance(found, str) and found else "record"


def _events(told: Fields | RefusedError, now: dt.datetime) -> list[Event]:
    """The events of one line of the stream, all of them or none."""
    if isinstance(told, RefusedError):
        raise told
    kind = text(told, "resource_kind")
    if kind not in _STREAMS:
        raise RefusedError("unknown_kind", f"resource_kind: expected {' or '.join(_STREAMS)}, got {excerpt(kind)}")
    header, number = _header(told, _STREAMS[kind], now), _number(told)
    try:
        if kind == "company-profile":
            return [_profile(told, header, number)]
        return list(_insolvency(told, header, number))
    except ValidationError as error:
        raise invalid(error) from error


def _header(told: Fields, stream: str, now: dt.datetime) -> EventHeader:
    """The place in the stream is the event's id: the stream may bring it again, never another under the same."""
    event = part(told, "event")
    timepoint, said_at = text(event, "timepoint"), instant(event, "published_at", dt.UTC)
    if not timepoint.isdecimal() or len(timepoint) > 20 or said_at is None:  # noqa: PLR2004  # digits of 2⁶⁴
        raise RefusedError(
            "missing_field", f"event: expected a timepoint and published_at, got {excerpt(verbatim(event))}"
        )
    return EventHeader(event_id=f"{stream}/{timepoint}", source=SOURCE, occurred_at=said_at, published_at=now)


def _number(told: Fields) -> str:
    """The company's number in its eight characters, as `01234567` or `SC012345`."""
    said = text(told, "resource_id") or text(part(told, "data"), "company_number")
    found = _NUMBER.fullmatch(said.upper())
    if found is None or len(said) > 8:  # noqa: PLR2004  # a number has eight characters
        raise RefusedError("bad_number", f"resource_id: expected a company number as 01234567, got {excerpt(said)}")
    room = 8 - len(found["register"]) - len(found["suffix"])
    return f"{found['register']}{found['digits'].zfill(room)}{found['suffix']}"


def _profile(told: Fields, header: EventHeader, number: str) -> BuyerUpdated:
    profile = part(told, "data")
    said, changed = text(profile, "company_status"), _changed(told)
    ceased_on = date(profile, "date_of_cessation")
    codes = texts(profile, "sic_codes")
    return BuyerUpdated(
        header=header,
        buyer_id=f"GB:{number}",
        reference=header.event_id,
        status=_STATUSES.get(said, "UNKNOWN"),
        status_said=said or _kind_of_change(told),
        status_since=ceased_on if _STATUSES.get(said) == "STRUCK_OFF" else None,
        name=text(profile, "company_name") or None,
        former_name=_former_name(profile) if "name" in changed else None,
        kind="legal",
        legal_form=text(profile, "type") or None,
        address=_address(part(profile, "registered_office_address")),
        activity=Activity(code=codes[0], classification="UKSIC2007") if codes else None,
        effective_on=ceased_on if "status" in changed else None,
        changed=changed,
        said=verbatim(told),
    )


def _changed(told: Fields) -> list[str]:
    """Our names of the fields that changed; those that no record of ours has are left out."""
    said = (field.split(".")[0].split("/")[0] for field in texts(part(told, "event"), "fields_changed"))
    return list(dict.fromkeys(_CHANGED[field] for field in said if field in _CHANGED))


def _kind_of_change(told: Fields) -> str:
    """What the register says where it no longer says a status: a resource that it `deleted`."""
    kind = text(part(told, "event"), "type")
    return "" if kind == "changed" else kind


def _former_name(profile: Fields) -> str | None:
    former = [
        (date(each, "ceased_on") or dt.date.min, text(each, "name"))
        for each in parts(profile, "previous_company_names")
    ]
    return max(former)[1] or None if former else None


def _address(fields: Fields) -> Address | None:
    lines = [line for line in (text(fields, name) for name in _LINES) if line]
    if not lines:
        return None
    return Address(
        lines=[*lines, *filter(None, [text(fields, "postal_code")])],
        postal_code=text(fields, "postal_code") or None,
        city=text(fields, "locality") or None,
        country=_COUNTRIES.get(text(fields, "country")),
    )


def _insolvency(told: Fields, header: EventHeader, number: str) -> Iterator[Event]:
    """What the register shows of the company, then each judgment that opened a case still open."""
    found = cases(part(told, "data"))
    still_open = [case for case in found if case.is_open]
    newest = max(still_open or found, key=lambda case: case.began_on or dt.date.min, default=None)
    insolvent = any(case.is_insolvency for case in still_open)
    yield BuyerUpdated(
        header=header,
        buyer_id=f"GB:{number}",
        reference=header.event_id,
        status="IN_PROCEEDINGS" if insolvent else "UNKNOWN",
        status_said=newest.kind if newest else _kind_of_change(told),
        status_since=newest.began_on if newest and insolvent else None,
        kind="legal",
        effective_on=None,
        changed=["status"],
        said=verbatim(told),
    )
    for case in still_open:
        if case.order is not None:
            yield _judgment(told, header, number, case, *case.order)


def _judgment(
    told: Fields, header: EventHeader, number: str, case: Case, ordered_on: dt.date, nature_class: str | None
) -> JudgmentPublished:
    """The order of the court. The register names neither the court nor, here, the company."""
    return JudgmentPublished(
        header=header.model_copy(update={"event_id": f"{header.event_id}/{case.number}"}),
        reference=f"{number}/insolvency/{case.number}",
        buyer_id=f"GB:{number}",
        person=Person(name=number, kind="legal"),
        country="GB",
        court="",
        nature=case.kind,
        nature_class=nature_class,
        judgment_date=ordered_on,
        publication=Publication(gazette="Companies House", number=header.event_id, date=header.occurred_at.date()),
        officers=list(case.officers),
        text=verbatim(told),
    )


CONNECTOR = Connector(
    name="companies_house",
    reads="Companies House's streams (JSON: companies, insolvency-cases)",
    topics=("buyer-updates", "court-judgments"),
    parse=parse,
    owns=lambda head: b'"resource_kind"' in head,
    settings=CompaniesHouseSettings,
    fetch=fetch,
    feed=lambda settings: str(settings.stream),
)
