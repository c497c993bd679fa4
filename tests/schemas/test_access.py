"""Who may write and read which topic."""

import pytest

from schemas import access
from schemas.catalog import TOPICS
from schemas.errors import RefusedError

BROKER = "kafka.example.com:9092"
HEAD = f"kafka-acls.sh --bootstrap-server {BROKER} --add --allow-principal User:"


def test_a_provider_writes_its_topics_and_no_other() -> None:
    """One command for each topic, with the deployment's prefix; nothing lets it read."""
    assert access.provider("registers", ["court-judgments", "buyer-updates"], BROKER, "prod-") == [
        f"{HEAD}registers --operation Write --operation Describe --topic prod-court-judgments",
        f"{HEAD}registers --operation Write --operation Describe --topic prod-buyer-updates",
    ]


def test_a_consumer_reads_with_its_own_group() -> None:
    """The topic and the group, both to read; nothing lets it write."""
    assert access.consumer("crm", ["notices"], "crm-1", BROKER) == [
        f"{HEAD}crm --operation Read --operation Describe --topic notices",
        f"{HEAD}crm --operation Read --group crm-1",
    ]


def test_the_hub_has_every_topic_and_the_groups_of_its_sinks() -> None:
    """It checks the topics' settings too, and its sinks' groups begin with its own."""
    commands = access.hub("vigie", "vigie", BROKER)
    assert [command.rpartition("--topic ")[2] for command in commands[:-1]] == list(TOPICS)
    assert commands[-1].endswith("--operation Read --resource-pattern-type prefixed --group vigie")


@pytest.mark.parametrize("topics", [["notices"], ["dead-letters"], ["limits", "nothing"], []])
def test_nobody_writes_what_only_the_hub_writes(topics: list[str]) -> None:
    """Notices and dead letters are the hub's own; a topic that is none is named."""
    with pytest.raises(RefusedError, match=r"a provider may write court-judgments, .*; got ") as refused:
        access.provider("p", topics, BROKER)
    assert refused.value.reason == "not_writable"


def test_no_consumer_reads_what_providers_say() -> None:
    """The input topics hold what one provider says of many policies: they are the hub's to read."""
    with pytest.raises(RefusedError, match="got claims"):
        access.consumer("crm", ["notices", "claims"], "crm", BROKER)


@pytest.mark.parametrize("name", ["", "a b", "x; rm -rf /", "$(id)", "*", "é"])
def test_a_name_that_a_shell_would_read_otherwise_is_refused(name: str) -> None:
    """What is printed is pasted into a shell."""
    with pytest.raises(RefusedError, match="for a shell to take"):
        access.provider(name, ["limits"], BROKER)
