"""Settings: whatever a variable is set to, one line says what is wrong with it, and nothing of a secret."""

import pytest

from connectors.bodacc_fetch import BodaccSettings
from schemas.errors import RefusedError
from streams.settings import FromEnvironment, Settings


@pytest.mark.parametrize(
    ("settings", "variable", "value", "said"),
    [
        (Settings, "VIGIE_PORTAL_PORT", "", "VIGIE_PORTAL_PORT: Input should be a valid integer"),
        (Settings, "VIGIE_PORTAL_PORT", "eighty", "VIGIE_PORTAL_PORT: Input should be a valid integer"),
        (Settings, "VIGIE_SMTP_TLS", "secret", "VIGIE_SMTP_TLS: String should match pattern"),
        (Settings, "VIGIE_TIME_ZONE", "Mars/Olympus", "VIGIE_TIME_ZONE: expected a zone of the tz database"),
        (Settings, "VIGIE_TIME_ZONE", "../../etc/passwd", "VIGIE_TIME_ZONE: expected a zone of the tz database"),
        (Settings, "VIGIE_SOURCES", "bodacc", '"sources" from source "EnvSettingsSource": expected JSON'),
        (Settings, "VIGIE_SOURCES", '{"bodacc": "limits"}', "VIGIE_SOURCES.bodacc: Input should be a valid list"),
        (BodaccSettings, "VIGIE_BODACC_URL", "ftp://secret", "VIGIE_BODACC_URL: String should match pattern"),
    ],
)
def test_a_variable_that_is_set_wrong_is_named(
    monkeypatch: pytest.MonkeyPatch, settings: type[FromEnvironment], variable: str, value: str, said: str
) -> None:
    """Which one, and what was expected; what it is set to is not repeated."""
    monkeypatch.setenv(variable, value)
    with pytest.raises(RefusedError) as caught:
        settings()
    assert said in caught.value.detail
    assert not any(hidden in caught.value.detail for hidden in ("secret", "eighty", "Mars", "passwd"))
