"""What makes an event the same event again: its content, whenever it was published."""

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.catalog import RECORDS
from schemas.codec import content_digest, encode
from schemas.events.limits import LimitDecided
from schemas.versions import subjects
from tests.schemas.drawing import records


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(records(LimitDecided), st.datetimes(timezones=st.just(dt.UTC)), st.text("ab", min_size=1, max_size=3))
def test_the_digest_is_of_the_content(decided: LimitDecided, published_at: dt.datetime, cover_id: str) -> None:
    """Two events have the same digest when they differ at most in when they were published."""
    later = decided.model_copy(update={"header": decided.header.model_copy(update={"published_at": published_at})})
    other = later.model_copy(update={"cover_id": cover_id})
    assert content_digest(encode(decided)) == content_digest(encode(later))
    assert (content_digest(encode(decided)) == content_digest(encode(other))) == (decided.cover_id == cover_id)


@pytest.mark.parametrize("name", [name for name in RECORDS if "header" in RECORDS[name].model_fields])
def test_every_event_begins_with_when_it_was_published(name: str) -> None:
    """The field that the digest leaves out is the first of the first, in every event."""
    first = next(iter(subjects()[name][-1].schema()["fields"]))
    assert first["name"] == "header"
    if not name.startswith("vigie.notices."):
        assert first["type"]["fields"][0]["name"] == "published_at"
