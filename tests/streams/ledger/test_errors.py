"""What an error means, by SQLSTATE."""

import psycopg
import pytest
from psycopg import errors

from schemas.errors import RefusedError, UnavailableError
from streams.ledger.batch import DecisionError
from streams.ledger.errors import Meaning, meaning
from tests.builders import a_judgment
from tests.streams.ledger.bench import Ledger

TRY_AGAIN, RECORD, BUG = Meaning.TRY_AGAIN, Meaning.RECORD, Meaning.BUG


@pytest.mark.parametrize(
    ("error", "means"),
    [
        (errors.ConnectionFailure, TRY_AGAIN),
        (errors.SqlclientUnableToEstablishSqlconnection, TRY_AGAIN),
        (errors.SerializationFailure, TRY_AGAIN),
        (errors.DeadlockDetected, TRY_AGAIN),
        (errors.DiskFull, TRY_AGAIN),
        (errors.OutOfMemory, TRY_AGAIN),
        (errors.TooManyConnections, TRY_AGAIN),
        (errors.LockNotAvailable, TRY_AGAIN),
        (errors.AdminShutdown, TRY_AGAIN),
        (errors.CrashShutdown, TRY_AGAIN),
        (errors.CannotConnectNow, TRY_AGAIN),
        (errors.QueryCanceled, TRY_AGAIN),
        (errors.IdleInTransactionSessionTimeout, TRY_AGAIN),
        (errors.TransactionTimeout, TRY_AGAIN),
        (errors.IoError, TRY_AGAIN),
        (errors.InternalError_, TRY_AGAIN),
        (psycopg.OperationalError, TRY_AGAIN),
        (psycopg.InterfaceError, TRY_AGAIN),
        (ConnectionResetError, TRY_AGAIN),
        (TimeoutError, TRY_AGAIN),
        (UnavailableError, TRY_AGAIN),
        (errors.UntranslatableCharacter, RECORD),
        (errors.NumericValueOutOfRange, RECORD),
        (errors.StringDataRightTruncation, RECORD),
        (errors.UniqueViolation, RECORD),
        (errors.NotNullViolation, RECORD),
        (errors.CheckViolation, RECORD),
        (errors.ProgramLimitExceeded, RECORD),
        (errors.RaiseException, RECORD),
        (DecisionError, RECORD),
        (errors.UndefinedTable, BUG),
        (errors.UndefinedColumn, BUG),
        (errors.SyntaxError, BUG),
        (errors.InsufficientPrivilege, BUG),
        (errors.InFailedSqlTransaction, BUG),
        (errors.ReadOnlySqlTransaction, BUG),
    ],
)
def test_each_error_has_one_meaning(error: type[Exception], means: Meaning) -> None:
    """What passes is waited for, what is a record's own is kept with it, anything else stops the worker."""
    assert meaning(error("no")) is means


def test_an_index_key_that_is_too_long_is_the_records_own(ledger: Ledger) -> None:
    """PostgreSQL calls it operational, but waiting would never help."""
    with pytest.raises(psycopg.OperationalError) as raised:
        ledger.run_sql("INSERT INTO hold SELECT string_agg(md5(n::text), ''), '' FROM generate_series(1, 900) AS n")
    assert meaning(raised.value) is RECORD


def test_a_bug_stops_the_worker(ledger: Ledger) -> None:
    """An error that no retry and no quarantine can help comes out of the hub, and nothing is committed."""
    ledger.run_sql("ALTER TABLE judgment RENAME TO judgments")
    try:
        with pytest.raises(errors.UndefinedTable):
            ledger.apply(ledger.judgments.append(a_judgment()))
    finally:
        ledger.run_sql("ALTER TABLE judgments RENAME TO judgment")
    assert (ledger.position(), ledger.rows("SELECT * FROM hold")) == (0, [])


def test_a_refusal_says_reason_and_detail() -> None:
    """The stable word comes first."""
    assert str(RefusedError("wrong_key", "expected `buyer_id`")) == "wrong_key: expected `buyer_id`"
