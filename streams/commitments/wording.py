"""What policyholders read, in French and in English."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

DISCLAIMER = {
    "fr": "Information donnée à titre indicatif ; les conditions de votre police prévalent.",
    "en": "For information only; the terms of your policy prevail.",
}


def title(kind: str, fields: Mapping[str, Any], language: str, today: dt.date) -> str:
    """One line."""
    return kind
