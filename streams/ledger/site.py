"""What a deployment is to the ledger: its names, its partitions, its rules and their versions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from streams.commitments.rules import Rule


@dataclass(frozen=True, slots=True)
class Site:
    """Handed down by `parts.py`; the same for every run."""

    group: str
    prefix: str
    """Put before every topic's name."""
    partitions: Mapping[str, int]
    """Of `notices` and `dead-letters`, by plain name."""
    rules: Mapping[str, Rule]
    """By plain name of the topic."""
    zone: ZoneInfo
    slice_notices: int
    rules_version: str
    calendar_version: str
    settings_hash: str
    sources: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By source: the input topics that it may write. Empty: every source may write every topic."""

    @property
    def versions(self) -> tuple[str, str, str]:
        """What decides, as every commit is logged with it."""
        return self.rules_version, self.calendar_version, self.settings_hash

    def plain(self, topic: str) -> str:
        """A topic's name without the prefix."""
        return topic.removeprefix(self.prefix)

    def full(self, name: str) -> str:
        """A topic's name on the cluster."""
        return self.prefix + name

    def may_write(self, source: str, topic: str) -> bool:
        """Whether a source may write the topic of this plain name; `deliveries` is open to whoever the broker lets."""
        return not self.sources or topic == "deliveries" or topic in self.sources.get(source, ())
