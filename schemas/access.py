"""Who may write and read which topic, as Kafka access lists: `kafka-acls.sh` commands.

What is not listed is refused, where the broker has an authorizer and `allow.everyone.if.no.acl.found` is false. A
broker sees topics and principals, and no record's `source`: for that there is `VIGIE_SOURCES` (docs/access-lists.md).
"""

from collections.abc import Iterable

from schemas.catalog import INPUTS, TOPICS
from schemas.errors import RefusedError

_COMMAND = "kafka-acls.sh --bootstrap-server {bootstrap} --add --allow-principal User:{principal}"
WRITABLE = (*(topic.name for topic in INPUTS), "deliveries")
"""Topics that others than the hub may write."""
READABLE = ("notices", "deliveries", "dead-letters")
"""Topics that others than the hub may read: they hold what policyholders are told, or what was refused."""


def provider(principal: str, topics: Iterable[str], bootstrap: str, prefix: str = "") -> list[str]:
    """The commands that let a provider write these topics, and nothing else.

    Raises:
        RefusedError: ``not_writable``: a topic that only the hub writes, or that is none.
    """
    topics = _all_of(topics, WRITABLE, "not_writable", "a provider may write")
    head = _COMMAND.format(bootstrap=bootstrap, principal=_named(principal))
    # Write on the topic is all that an idempotent producer needs, since Kafka 3.0.
    return [f"{head} --operation Write --operation Describe --topic {prefix}{topic}" for topic in topics]


def consumer(principal: str, topics: Iterable[str], group: str, bootstrap: str, prefix: str = "") -> list[str]:
    """The commands that let a consumer read these topics with its own consumer group, and nothing else.

    Raises:
        RefusedError: ``not_readable``: a topic that no consumer of others' may read, or that is none.
    """
    topics = _all_of(topics, READABLE, "not_readable", "a consumer may read")
    head = _COMMAND.format(bootstrap=bootstrap, principal=_named(principal))
    read = [f"{head} --operation Read --operation Describe --topic {prefix}{topic}" for topic in topics]
    return [*read, f"{head} --operation Read --group {_named(group)}"]


def hub(principal: str, group: str, bootstrap: str, prefix: str = "") -> list[str]:
    """The commands that let the hub, its sinks and its staff do their work; ``group`` is VIGIE_GROUP."""
    head = _COMMAND.format(bootstrap=bootstrap, principal=_named(principal))
    operations = " ".join(f"--operation {each}" for each in ("Create", "Read", "Write", "Describe", "DescribeConfigs"))
    topics = [f"{head} {operations} --topic {prefix}{topic}" for topic in TOPICS]
    return [*topics, f"{head} --operation Read --resource-pattern-type prefixed --group {_named(group)}"]


def _all_of(topics: Iterable[str], allowed: tuple[str, ...], reason: str, may: str) -> list[str]:
    asked = list(topics)
    wrong = [topic for topic in asked if topic not in allowed]
    if wrong or not asked:
        got = ", ".join(wrong) or "none"
        raise RefusedError(reason, f"{may} {', '.join(allowed)}; got {got}")
    return asked


def _named(principal: str) -> str:
    if not principal or set(principal) - _SAFE:
        raise RefusedError(
            "principal",
            f"expected letters, digits and `.`, `_`, `-`, `=`, `,` for a shell to take as they are, got {principal!r}",
        )
    return principal


_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-=,")
