"""The composition root: what is read has a rule, what is missing is named, and every role is told where it is."""

from pathlib import Path

import pytest

from schemas.errors import RefusedError, UnavailableError
from streams import agents
from streams.app import compose_hub
from streams.cluster import Cluster
from streams.commitments.rules import RULES
from streams.embedded.topics import ensure_topics
from streams.parts import make_site
from streams.settings import Settings


def test_every_topic_that_is_read_has_its_rule() -> None:
    """None is read without being decided."""
    assert set(RULES) == set(agents.TOPICS)


def test_a_missing_topic_is_named(kafka: str) -> None:
    """A broker without our topics is said so, with the command that makes them."""
    with pytest.raises(UnavailableError, match=r"no topic notices, dead-letters at .*Make the topics: vigie migrate$"):
        make_site(Settings(kafka=kafka, topic_prefix="nowhere.app."))


def test_the_site_is_what_the_broker_says(kafka: str) -> None:
    """Partitions are counted, names get the prefix, and the settings' hash tells two zones apart."""
    ensure_topics(Cluster(kafka), {"app.notices": 3, "app.dead-letters": 2})
    site = make_site(Settings(kafka=kafka, topic_prefix="app."))
    assert dict(site.partitions) == {"notices": 3, "dead-letters": 2}
    assert (site.full("notices"), site.plain("app.limits")) == ("app.notices", "limits")
    other = make_site(Settings(kafka=kafka, topic_prefix="app.", time_zone="America/Cayenne"))
    assert other.settings_hash != site.settings_hash


def test_an_agent_per_topic(kafka: str, tmp_path: Path) -> None:
    """The hub's application has one agent for each topic, under its own name, and the broker list of the settings."""
    ensure_topics(Cluster(kafka), {"hub.notices": 1, "hub.dead-letters": 1})
    app = compose_hub(Settings(kafka=kafka, topic_prefix="hub.", group="hub", home=tmp_path))
    assert sorted(app.agents) == sorted(f"vigie.hub.{name}" for name in agents.TOPICS)
    assert app.conf.id == "hub"


def test_a_misspelled_topic_of_a_source_is_told_at_the_start(kafka: str) -> None:
    """Else everything that the source says would be refused: the hub does not start."""
    ensure_topics(Cluster(kafka), {"sources-notices": 1, "sources-dead-letters": 1})
    settings = Settings(kafka=kafka, topic_prefix="sources-", sources={"bodacc": ["court-judgements"]})
    with pytest.raises(RefusedError, match=r"expected topics of buyer-updates, .*; got court-judgements"):
        make_site(settings)
    allowed = make_site(settings.model_copy(update={"sources": {"bodacc": ["court-judgments"]}}))
    assert allowed.may_write("bodacc", "court-judgments")
    assert not allowed.may_write("bodacc", "limits")
    assert allowed.may_write("email", "deliveries")
