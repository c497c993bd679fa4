"""What PostgreSQL's errors mean for a run: by SQLSTATE, never by text."""

from enum import Enum, auto

import psycopg

from schemas.errors import UnavailableError


class Fault(Enum):
    """Whose an error is, which says what to do about it."""

    NOBODYS = auto()
    """The database is away, or two transactions met: try again."""
    A_RECORDS = auto()
    """A record of the run cannot be committed: find it, and go on without it."""
    OURS = auto()
    """Stop, loudly."""


UNFIT = (
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedColumn,
    psycopg.errors.UndefinedFunction,
    psycopg.errors.InvalidSchemaName,
    psycopg.errors.InsufficientPrivilege,
    psycopg.errors.ReadOnlySqlTransaction,
)
"""The database answers, and is not as this version needs it: a person has to see to it."""


def remedy(error: psycopg.Error) -> str | None:
    """What is wrong with the database and what to do about it, in a line; None: the error is a bug of ours."""
    said = str(error).partition("\n")[0]
    match error:
        case psycopg.OperationalError():
            return f"the database does not answer: {said}. Start it, or set VIGIE_DATABASE_URL"
        case psycopg.errors.InsufficientPrivilege():
            return f"the database refuses ({said}): give its user the right, or name another in VIGIE_DATABASE_URL"
        case psycopg.errors.ReadOnlySqlTransaction():
            return f"the database can only be read ({said}): set VIGIE_DATABASE_URL to the one that takes changes"
        case _ if isinstance(error, UNFIT):
            return f"the database is not of this version ({said}): make it so: vigie migrate"
    return None


class GapError(Exception):
    """A run starts past the position: records between them were not handed over."""

    def __init__(self, topic: str, partition: int, position: int, offered: int) -> None:
        """Name the place: `position` is the offset that is due, `offered` the one that came."""
        super().__init__(f"{topic}/{partition}: offset {position} is due, {offered} came")
        self.topic, self.partition, self.position, self.offered = topic, partition, position, offered


class StoppedError(Exception):
    """The worker has stopped because it cannot go on rightly; the message says what a person has to do."""


class LogChangedError(StoppedError):
    """A log is not the one that the positions are about: recreated, cut short, or given more partitions."""


class QuarantinesInARowError(StoppedError):
    """Record after record fails: this is not theirs."""


class StaleFactsError(Exception):
    """The facts brought keys that sort before those held: everything is locked anew, in order."""


_NOBODYS = ("08", "40", "53", "55", "57", "58", "25P03", "25P04", "XX000")
"""Connection, serialization and deadlock, resources, locks, operator, system, a session's time-outs."""
_A_RECORDS = ("22", "23", "44", "54", "P0001")
"""Data, integrity, check option, a limit of PostgreSQL's, an exception raised in the database."""
_TOO_LONG = {"25P03", "25P04", "57014"}
"""A session that idles in its transaction, the transaction, a statement of it: all by `connection.SESSION`."""
SHORTEST_TOO_LONG_S = 2
"""The shortest of these time-outs."""


def took_too_long(error: psycopg.Error, lasted_s: float) -> bool:
    """Whether a transaction ended because of its length; the server's word on it may be lost with the connection."""
    if error.sqlstate is None:
        return isinstance(error, psycopg.OperationalError) and lasted_s >= SHORTEST_TOO_LONG_S
    return error.sqlstate in _TOO_LONG


def fault_of(error: BaseException) -> Fault:
    """Whose fault an error out of one transaction is."""
    if isinstance(error, UnavailableError | psycopg.InterfaceError | OSError | TimeoutError):
        return Fault.NOBODYS
    if not isinstance(error, psycopg.Error):
        return Fault.A_RECORDS
    state = error.sqlstate
    if state is None or state.startswith(_NOBODYS):
        return Fault.NOBODYS
    return Fault.A_RECORDS if state.startswith(_A_RECORDS) else Fault.OURS
