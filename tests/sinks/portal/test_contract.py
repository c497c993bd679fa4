"""The contract, as the portal serves it."""

import re

from schemas.asyncapi import document
from schemas.catalog import PARTS, RECORDS, TOPICS
from sinks.portal.contract import page
from tests.sinks.portal.conftest import Portal


def test_the_page_has_every_topic_record_and_part(web: Portal) -> None:
    """Anybody may read it, without signing in; it is guarded like every page, and no link in it leads nowhere."""
    with web.browser() as browser:
        answer = browser.get("/docs")
    assert (answer.status_code, answer.headers["content-language"]) == (200, "en")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    ids = re.findall(r'id="([^"]+)"', answer.text)
    names = {record.__name__ for record in (*RECORDS.values(), *PARTS.values())}
    assert len(ids) == len(set(ids))
    assert names | set(TOPICS) <= set(ids)
    assert set(re.findall(r'href="#([^"]+)"', answer.text)) <= set(ids)


def test_machines_get_it_as_asyncapi(web: Portal) -> None:
    """The same document that `vigie schemas docs` writes."""
    with web.browser() as browser:
        served = browser.get("/docs/asyncapi.json").json()
    assert served == document(served["info"]["version"])


def test_the_page_can_stand_alone() -> None:
    """Written to a file it asks for nothing else: its styles are inside."""
    alone = page(alone=True)
    assert "/static/" not in alone
    assert ".contract table" in alone
    assert 'href="asyncapi.json"' in alone
