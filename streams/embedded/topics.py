"""Topics as the hub needs them: made where they are missing, checked where they are there."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import KafkaError, NoError, RetriableError, TopicAlreadyExistsError

from schemas.errors import RefusedError, UnavailableError
from streams.cluster import Cluster
from streams.embedded.ports import any_answers, wait_until

DAY_MS = 86_400_000
DEAD_LETTERS = "dead-letters"
PARTITIONS = 4

Settings = Mapping[str, str]


def settings_for(topic: str) -> Settings:
    """The settings that the hub's promises rest on: the broker's clock, and nothing lost (dead letters: 90 days)."""
    retention_ms = 90 * DAY_MS if topic.endswith(DEAD_LETTERS) else -1
    return {
        "message.timestamp.type": "LogAppendTime",
        "cleanup.policy": "delete",
        "retention.ms": str(retention_ms),
        "retention.bytes": "-1",
        "max.message.bytes": "1048576",
    }


def differing(topics: Mapping[str, Settings]) -> dict[str, Settings]:
    """Of topics with the settings they have, those that must change, with the settings they should have instead."""
    wrong = {topic: _wrong(settings_for(topic), found) for topic, found in topics.items()}
    return {topic: settings for topic, settings in wrong.items() if settings}


def explain(bootstrap: str, topics: Mapping[str, Settings], wrong: Mapping[str, Settings]) -> str:
    """What is wrong with each topic and the command of Kafka's own that puts it right."""
    return "\n".join(
        f"{topic}: {_each(settings, found=topics[topic])}. If what the topic lost or misdated does not matter, "
        f"kafka-configs.sh --bootstrap-server {bootstrap} --alter --entity-type topics --entity-name {topic} "
        f"--add-config {_assignments(settings)}"
        for topic, settings in wrong.items()
    )


def ensure_topics(cluster: Cluster, partitions: Mapping[str, int], answer_s: float = 10.0) -> None:
    """Make each topic that is missing, with its number of partitions, and check the settings of all.

    An existing topic keeps the number of partitions that it has.

    Raises:
        RefusedError: ``topic_settings``, with a command for each topic that differs; ``topic_not_made``.
        UnavailableError: no broker answers within ``answer_s``.
    """
    with _admin(cluster, answer_s) as admin:
        existing = set(admin.list_topics())
        missing = {topic: count for topic, count in partitions.items() if topic not in existing}
        if missing:
            _make(admin, missing)
        found = _settings_found(admin, sorted(partitions))
    wrong = differing(found)
    if wrong:
        raise RefusedError("topic_settings", explain(cluster.servers, found, wrong))


def wait_for_groups(cluster: Cluster, answer_s: float = 10.0) -> None:
    """Wait until consumer groups are served: a new broker sets about it when the first asks, and tells it an error."""
    with _admin(cluster, answer_s) as admin:
        wait_until(lambda: _serves_groups(admin), answer_s)


def _serves_groups(admin: KafkaAdminClient) -> bool:
    try:
        admin.list_group_offsets(["vigie"])
    except RetriableError:
        return False
    return True


@contextmanager
def _admin(cluster: Cluster, answer_s: float) -> Iterator[KafkaAdminClient]:
    if not wait_until(lambda: any_answers(cluster.servers), answer_s):
        raise _away(cluster, None)
    try:
        admin = KafkaAdminClient(**cluster.options(), bootstrap_timeout_ms=int(1000 * answer_s))
        try:
            yield admin
        finally:
            admin.close()
    except KafkaError as error:
        raise _away(cluster, error) from error


def _away(cluster: Cluster, why: Exception | None) -> UnavailableError:
    return UnavailableError(f"Kafka at {cluster} does not answer ({why or 'no connection'}): {cluster.remedy(why)}")


def _make(admin: KafkaAdminClient, partitions: Mapping[str, int]) -> None:
    topics = {name: {"num_partitions": count, "configs": settings_for(name)} for name, count in partitions.items()}
    answer = admin.create_topics(topics, raise_errors=False)
    for topic in answer["topics"]:
        # Another process that starts at the same moment may have been first: what it made is checked like the rest.
        if topic["error_code"] not in (NoError.errno, TopicAlreadyExistsError.errno):
            raise RefusedError("topic_not_made", f"{topic['name']}: {topic['error_message']}")
    admin.wait_for_topics(list(partitions))


def _settings_found(admin: KafkaAdminClient, topics: Sequence[str]) -> dict[str, Settings]:
    resources = [ConfigResource(ConfigResourceType.TOPIC, topic) for topic in topics]
    described = admin.describe_configs(resources, config_filter="all")["topic"]
    return {
        topic: {name: setting["value"] for name, setting in settings.items()} for topic, settings in described.items()
    }


def _wrong(wanted: Settings, found: Settings) -> Settings:
    return {name: value for name, value in wanted.items() if found.get(name) != value}


def _each(wanted: Settings, found: Settings) -> str:
    return ", ".join(f"{name} is {found.get(name)}, not {value}" for name, value in wanted.items())


def _assignments(settings: Settings) -> str:
    return ",".join(f"{name}={value}" for name, value in settings.items())
