"""A small trade, its records, and who is owed what because of them: worked out here, from the records alone."""

from dataclasses import dataclass
from functools import cached_property

from schemas.events.court_judgments import JudgmentPublished
from schemas.events.limits import LimitDecided
from schemas.events.policies import PolicyTermsSet
from tests.builders import a_judgment, a_limit, some_terms

Alert = tuple[str, str]
"""Reference of the judgment, policy: what is owed once."""


@dataclass(frozen=True)
class Trade:
    """Buyers, each with one judgment; three in four have a cover of two policies each, the fourth concerns nobody."""

    buyers: int
    policies: int = 8
    first: int = 0
    """Number of the first buyer, so that two trades have none in common."""

    @cached_property
    def terms(self) -> list[PolicyTermsSet]:
        """The policies."""
        return [some_terms(policy_id) for policy_id in self._policy_ids]

    @cached_property
    def limits(self) -> list[LimitDecided]:
        """The covers."""
        return [
            a_limit(self._policy_ids[(n + k) % self.policies], self._buyer(n), cover_id=f"C-{n}-{k}")
            for n in self._numbers
            if n % 4
            for k in (0, 1)
        ]

    @cached_property
    def judgments(self) -> list[JudgmentPublished]:
        """What the courts decided."""
        return [a_judgment(f"A2026{n:07}", buyer_id=self._buyer(n), name=f"ENTREPRISE {n}") for n in self._numbers]

    @property
    def owed(self) -> set[Alert]:
        """Every judgment to every policy with a cover on its buyer: all covers began before all judgments."""
        covered: dict[str, list[str]] = {}
        for limit in self.limits:
            covered.setdefault(limit.buyer_id, []).append(limit.policy_id)
        return {(j.reference, policy_id) for j in self.judgments for policy_id in covered.get(j.buyer_id or "", ())}

    @property
    def _numbers(self) -> range:
        return range(self.first, self.first + self.buyers)

    @cached_property
    def _policy_ids(self) -> list[str]:
        return [f"P-{n:04}" for n in range(self.policies)]

    def _buyer(self, n: int) -> str:
        return f"FR:{n:09}"
