"""Which currencies there are, or were, and how many decimals their amounts have (ISO 4217)."""

from babel.core import get_global

_WITHOUT_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_WITH_THREE = "BHD IQD JOD KWD LYD OMR TND"
_DECIMALS = dict.fromkeys(_WITHOUT_DECIMALS.split(), 0) | dict.fromkeys(_WITH_THREE.split(), 3)

CURRENCIES: frozenset[str] = frozenset(get_global("all_currencies"))
"""Also those of the past: statements and policies are kept."""


def decimals(currency: str) -> int:
    """How many the currency's amounts have at most: JPY 0, EUR 2, TND 3."""
    return _DECIMALS.get(currency, 2)
