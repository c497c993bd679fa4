"""What an error means, by SQLSTATE."""

import psycopg
import pytest
from psycopg import errors

from schemas.errors import RefusedError, UnavailableError
from streams.ledger.batch import DecisionError
from streams.ledger.errors import Fault, fault_of
from tests.builders import a_judgment
from tests.streams.ledger.bench import Ledger

NOBODYS, A_RECORDS, OURS = Fault.NOBODYS, Fault.A_RECORDS, Fault.OURS


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (errors.ConnectionFailure, NOBODYS),
        (errors.SqlclientUnableToEstablishSqlconnection, NOBODYS),
        (errors.SerializationFailure, NOBODYS),
        (errors.DeadlockDetected, NOBODYS),
        (errors.DiskFull, NOBODYS),
        (errors.OutOfMemory, NOBODYS),
        (errors.TooManyConnections, NOBODYS),
        (errors.LockNotAvailable, NOBODYS),
        (errors.AdminShutdown, NOBODYS),
        (errors.CrashShutdown, NOBODYS),
        (errors.CannotConnectNow, NOBODYS),
        (errors.QueryCanceled, NOBODYS),
        (errors.IdleInTransactionSessionTimeout, NOBODYS),
        (errors.TransactionTimeout, NOBODYS),
        (errors.IoError, NOBODYS),
        (errors.InternalError_, NOBODYS),
        (psycopg.OperationalError, NOBODYS),
        (psycopg.InterfaceError, NOBODYS),
        (ConnectionResetError, NOBODYS),
        (TimeoutError, NOBODYS),
        (UnavailableError, NOBODYS),
        (errors.UntranslatableCharacter, A_RECORDS),
        (errors.NumericValueOutOfRange, A_RECORDS),
        (errors.StringDataRightTruncation, A_RECORDS),
        (errors.UniqueViolation, A_RECORDS),
        (errors.NotNullViolation, A_RECORDS),
        (errors.CheckViolation, A_RECORDS),
        (errors.ProgramLimitExceeded, A_RECORDS),
        (errors.RaiseException, A_RECORDS),
        (DecisionError, A_RECORDS),
        (errors.UndefinedTable, OURS),
        (errors.UndefinedColumn, OURS),
        (errors.SyntaxError, OURS),
        (errors.InsufficientPrivilege, OURS),
        (errors.InFailedSqlTransaction, OURS),
        (errors.ReadOnlySqlTransaction, OURS),
    ],
)
def test_each_error_is_somebody_s(error: type[Exception], fault: Fault) -> None:
    """What passes is waited for, what is a record's own is kept with it, anything else stops the worker."""
    assert fault_of(error("no")) is fault


def test_an_index_key_that_is_too_long_is_the_records_own(ledger: Ledger) -> None:
    """PostgreSQL calls it operational, but waiting would never help."""
    with pytest.raises(psycopg.OperationalError) as raised:
        ledger.run_sql("INSERT INTO hold SELECT string_agg(md5(n::text), ''), '' FROM generate_series(1, 900) AS n")
    assert fault_of(raised.value) is A_RECORDS


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
