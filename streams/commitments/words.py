"""The form of what policyholders read: the same words in each language (`words_fr`, `words_en`)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NatureWords:
    """What is said of one class of judgments."""

    heading: str
    """For a title, after the person's name."""
    meaning: str
    """One sentence: what the judgment is."""
    action: str
    """What is to be done, or that nothing is. Empty where a claim is to be declared: its date and officer say it."""


@dataclass(frozen=True, slots=True)
class Phrases:
    """The sentences around it. Those with braces are filled in by `wording`."""

    day: str
    """Babel's pattern of a date in a line, and of one that matters."""
    long_day: str
    titles: dict[str, str]
    """By kind of notice."""
    title_to_declare: str
    title_past: str
    officer: dict[str, str]
    """Who receives claims, by role; `""` where the text names nobody."""
    declare: str
    declare_undated: str
    declare_abroad: str
    declare_past: str
    declare_foreclosed: str
    to_verify: str
    told_in_person: str
    claim_goods: str
    claim_goods_past: str
    annulled: str
    annulled_untold: str
    """Of a publication that the policyholder was not told of."""
    elsewhere: str
    """A rectification moved the judgment away from the policy's buyer."""
    disclaimer: str
