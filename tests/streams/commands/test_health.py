from streams.commands.health import failures
from streams.settings import Settings


def test_all_is_well_when_broker_and_ledger_answer(kafka: str, postgres: str) -> None:
    """Nothing is said of a broker and a database that answer."""
    assert list(failures(Settings(kafka=kafka, database_url=postgres))) == []


def test_each_part_that_is_away_is_named(free_port: int) -> None:
    """Broker and ledger are asked both, and each that does not answer is named with the setting to look at."""
    nobody = f"127.0.0.1:{free_port}"
    said = [str(failure) for failure in failures(Settings(kafka=nobody, database_url=f"postgresql://{nobody}/vigie"))]
    assert len(said) == 2
    assert nobody in said[0]
    assert "VIGIE_KAFKA" in said[0]
    assert "VIGIE_DATABASE_URL" in said[1]
