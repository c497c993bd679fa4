"""What an injected statement could do at most, tried under the web process's own role with a real session."""

import hashlib
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from streams.settings import Settings
from tests.sinks.portal.conftest import Portal
from tests.sinks.portal.made import PETIT, ROUX, a_body, a_recipient, an_alert, notice_id

Connections = Callable[[], psycopg.Connection]
SECRET = "DEBITEUR SECRET"
OURS = "a" * 64
THEIRS = "b" * 64

INJECTABLE = "SELECT title FROM portal.reading WHERE strpos(search, '"
"""What a careless portal would put the reader's words behind."""
HIJACK = "SET search_path = pg_temp, portal; SELECT title FROM portal.notices -- "
LEAK = (
    "CREATE FUNCTION pg_temp.leak(text) RETURNS bool COST 0.0000001 LANGUAGE plpgsql "
    "AS 'BEGIN RAISE NOTICE ''%'', $1; RETURN true; END'"
)
POLICIES = "SELECT * FROM pg_policies WHERE schemaname = 'portal' ORDER BY 1, 2, 3"
FILTERS = [
    "') > 0 OR true -- ",
    "') > 0 OR policy_id = 'P-9999' -- ",
    "') >= 0 UNION ALL SELECT payload::text FROM portal.notices -- ",
    "') >= 0 UNION ALL SELECT set_config('vigie.session', '', true) UNION ALL SELECT title FROM portal.notices -- ",
    "') >= 0 UNION ALL SELECT set_config('row_security', 'off', true) UNION ALL SELECT title FROM portal.notices -- ",
    "') >= 0 UNION ALL SELECT set_config('role', 'postgres', true) UNION ALL SELECT title FROM portal.notices -- ",
    "') >= 0 UNION ALL SELECT set_config('session_authorization', 'postgres', true) -- ",
    "') >= 0 UNION ALL SELECT email FROM portal.readers -- ",
    "') >= 0 UNION ALL SELECT encode(key_hash, 'hex') FROM portal.sessions -- ",
    "') >= 0 UNION ALL SELECT encode(token_hash, 'hex') FROM portal.links -- ",
    "') >= 0 UNION ALL SELECT encode(record, 'hex') FROM portal.delivery_outbox -- ",
    "') >= 0 UNION ALL SELECT email FROM portal.openings -- ",
    "') >= 0 UNION ALL SELECT query_to_xml('SELECT * FROM portal.notices', true, true, '')::text -- ",
    "') >= 0 UNION ALL SELECT most_common_vals::text FROM pg_stats WHERE schemaname = 'portal' -- ",
    "') >= 0 UNION ALL SELECT query FROM pg_stat_activity -- ",
    "') >= 0 UNION ALL SELECT pg_read_file('PG_VERSION') -- ",
    "') >= 0; SET ROLE postgres; SELECT title FROM portal.notices -- ",
    "') >= 0; RESET ROLE; SELECT title FROM portal.notices -- ",
    "') >= 0; RESET SESSION AUTHORIZATION; SELECT title FROM portal.notices -- ",
    "') >= 0; SET SESSION AUTHORIZATION postgres; SELECT title FROM portal.notices -- ",
    "') >= 0; RESET ALL; SELECT title FROM portal.notices -- ",
    "') >= 0; SET row_security = off; SELECT title FROM portal.notices -- ",
    "') >= 0; ALTER TABLE portal.notices DISABLE ROW LEVEL SECURITY -- ",
    "') >= 0; DROP POLICY reader ON portal.notices -- ",
    "') >= 0; GRANT postgres TO vigie_portal -- ",
    "') >= 0; ALTER ROLE vigie_portal BYPASSRLS -- ",
    "') >= 0; COPY portal.notices TO STDOUT -- ",
    "') >= 0; COPY (SELECT payload::text FROM portal.notices) TO PROGRAM 'cat > /dev/null' -- ",
    "') >= 0; COPY portal.readers TO STDOUT -- ",
    "') >= 0; CREATE OR REPLACE FUNCTION portal.reader() RETURNS text LANGUAGE sql AS 'SELECT 1' -- ",
    # A function or an operator of one's own, found first by a definer function that forgets its search_path.
    f"') >= 0; CREATE FUNCTION pg_temp.sha256(bytea) RETURNS bytea LANGUAGE sql AS 'SELECT NULL::bytea'; {HIJACK}",
    f"') >= 0; CREATE TEMP TABLE sessions AS SELECT 'b.roux@courtier.example' AS email; {HIJACK}",
    # Told to the wrong person before the policy is looked at: a cheap function in the filter that leaks what it sees.
    f"') >= 0; {LEAK}; SELECT title FROM portal.notices WHERE pg_temp.leak(title) -- ",
    "') >= 0; INSERT INTO portal.sessions VALUES (sha256('x'), 'b.roux@courtier.example', now(), 'infinity') -- ",
    "') >= 0; UPDATE portal.readers SET email = 'a.petit@menuisier.example' -- ",
    "') >= 0; UPDATE portal.notices SET policy_id = 'P-2041' -- ",
    "') >= 0; INSERT INTO portal.openings (notice_id) SELECT id FROM portal.delivery_outbox -- ",
    "') >= 0; SELECT portal.open_session('guessed', 'proof') -- ",
    "') >= 0; DECLARE every CURSOR FOR SELECT title FROM portal.notices; FETCH ALL FROM every -- ",
    "') >= 0; PREPARE every AS SELECT title FROM portal.notices; EXECUTE every -- ",
    "') >= 0; DO 'BEGIN PERFORM set_config(''vigie.session'', ''%'', false); END'; TABLE portal.notices -- ",
]


@pytest.fixture
def two_readers(portal: Portal) -> Portal:
    """Madame Petit reads P-2041, Monsieur Roux P-9999; both are signed in, with a link of his on its way."""
    portal.store(
        an_alert(),
        an_alert(1, "P-9999", title=SECRET, body=a_body(SECRET), recipients=[a_recipient(ROUX)]),
    )
    for proof, email in ((OURS, PETIT), (THEIRS, ROUX)):
        key = hashlib.sha256(proof.encode()).digest()
        portal.sql("INSERT INTO portal.sessions VALUES (%s, %s, now(), now() + interval '1 hour')", key, email)
    portal.way_in(ROUX)
    portal.sql("ANALYZE portal.notices")
    return portal


@contextmanager
def signed(connection: psycopg.Connection, proof: str) -> Iterator[psycopg.Cursor]:
    """One transaction in the session's name, as the web process opens it."""
    with connection.transaction(force_rollback=True):
        connection.execute("SELECT set_config('vigie.session', %s, true)", [proof])
        yield connection.cursor()


def attack(connection: psycopg.Connection, hostile: str) -> str:
    """All that the server answers to the careless statement, errors and notices too; nothing of it is committed."""
    said: list[str] = []
    connection.add_notice_handler(lambda notice: said.append(str(notice.message_primary)))
    with closing(connection), suppress(psycopg.OperationalError), signed(connection, OURS) as cursor:
        try:
            cursor.execute(INJECTABLE + hostile)
            said += [repr(row) for _ in cursor.results() for row in (cursor.fetchall() if cursor.description else ())]
        except psycopg.Error as error:
            said.append(str(error))
    return "\n".join(said)


@pytest.mark.usefixtures("two_readers")
def test_each_reader_sees_the_policies_that_name_him(as_role: Connections) -> None:
    """Under a session the role sees that reader's notices: not fewer, not more."""
    connection = as_role()
    ours = "Liquidation judiciaire de MENUISERIE DES MONTS"
    for proof, titles in ((OURS, [ours]), (THEIRS, [SECRET]), ("c" * 64, [])):
        with signed(connection, proof) as cursor:
            found = cursor.execute("SELECT title FROM portal.reading").fetchall()
            assert [title for (title,) in found] == titles


def test_an_injected_filter_reads_nothing_of_another_policy(two_readers: Portal, as_role: Connections) -> None:
    """Were the filter pasted into the statement, no text in it would show another policy's notice, reader or key."""
    hashes = two_readers.sql("SELECT key_hash FROM portal.sessions UNION SELECT token_hash FROM portal.links")
    guarded = (SECRET, SECRET.casefold(), THEIRS, *(key.hex() for (key,) in hashes))
    before = two_readers.sql(POLICIES)
    for hostile in FILTERS:
        said = attack(as_role(), hostile)
        assert not [secret for secret in guarded if secret in said], hostile
        assert ROUX not in said.replace(hostile, ""), hostile
    assert two_readers.sql(POLICIES) == before


def test_the_same_attacks_succeed_where_nothing_guards(two_readers: Portal) -> None:
    """The attacks are real: as the superuser, without the role, more than twenty of them show what is another's."""
    shown = 0
    for hostile in FILTERS:
        said = attack(psycopg.connect(two_readers.owner, autocommit=True, cursor_factory=psycopg.ClientCursor), hostile)
        shown += SECRET in said or ROUX in said.replace(hostile, "")
    assert shown > 20


@pytest.mark.parametrize("what", ["portal.notices", "(SELECT payload FROM portal.notices)", "portal.readers"])
@pytest.mark.usefixtures("two_readers")
def test_copy_gives_nothing_away_either(as_role: Connections, what: str) -> None:
    """COPY, which has a way of its own out of the database, is bound by the same policies."""
    with signed(as_role(), OURS) as cursor:
        try:
            with cursor.copy(f"COPY {what} TO STDOUT") as copy:
                said = b"".join(copy).decode()
        except psycopg.errors.InsufficientPrivilege as error:
            said = str(error)
    assert SECRET not in said
    assert ROUX not in said


@pytest.mark.usefixtures("two_readers")
def test_what_one_request_left_behind_does_not_meet_the_next(as_role: Connections) -> None:
    """A session that was set for one transaction is gone with it."""
    connection = as_role()
    with signed(connection, OURS) as cursor:
        assert cursor.execute("SELECT count(*) FROM portal.notices").fetchone() == (1,)
    assert connection.execute("SELECT count(*) FROM portal.notices").fetchone() == (0,)


def test_the_role_is_nobody(portal: Portal) -> None:
    """The web process's role is no superuser, bypasses nothing, belongs to no group and owns nothing."""
    assert portal.sql(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolinherit FROM pg_roles "
        "WHERE rolname = 'vigie_portal'"
    ) == [(False, False, False, False, False)]
    assert portal.sql("SELECT 1 FROM pg_auth_members WHERE member = 'vigie_portal'::regrole") == []
    assert portal.sql("SELECT 1 FROM pg_class WHERE relowner = 'vigie_portal'::regrole") == []


def test_security_is_enabled_and_forced_on_whatever_the_role_can_touch(portal: Portal) -> None:
    """No table on which the role has any right at all is without forced row level security."""
    unforced = portal.sql(
        "SELECT relname FROM pg_class WHERE relnamespace = 'portal'::regnamespace AND relkind = 'r' "
        "AND has_any_column_privilege('vigie_portal', oid, 'SELECT, INSERT, UPDATE') "
        "AND NOT (relrowsecurity AND relforcerowsecurity)"
    )
    touched = portal.sql(
        "SELECT relname FROM pg_class WHERE relnamespace = 'portal'::regnamespace AND relkind = 'r' "
        "AND has_any_column_privilege('vigie_portal', oid, 'SELECT, INSERT, UPDATE') ORDER BY 1"
    )
    assert unforced == []
    assert touched == [("notices",), ("openings",)]


def test_every_function_with_its_owners_rights_fixes_its_search_path(portal: Portal) -> None:
    """No definer function looks a name up where its caller could have put one."""
    loose = portal.sql(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'portal'::regnamespace AND prosecdef "
        "AND NOT coalesce(proconfig @> ARRAY['search_path=portal, pg_temp'], false)"
    )
    assert loose == []


def test_a_plain_owner_suffices(postgres: str, as_plain_owner: Portal) -> None:
    """An owner whom forced row level security binds too can make the portal, store, issue links and tell openings."""
    portal = as_plain_owner
    assert portal.sql("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user") == [(False, False)]
    portal.migrate()
    portal.store(an_alert(), an_alert(2))
    token = portal.way_in(PETIT).partition("token=")[2]
    with psycopg.connect(make_conninfo(postgres, user="vigie_portal"), autocommit=True) as connection:
        assert connection.execute("SELECT count(*) FROM portal.open_session(%s, %s)", [token, OURS]).fetchone() == (1,)
        with connection.transaction():
            connection.execute("SELECT set_config('vigie.session', %s, true)", [OURS])
            assert connection.execute("SELECT count(*) FROM portal.reading").fetchone() == (2,)
            connection.execute("INSERT INTO portal.openings (notice_id) VALUES (%s)", [notice_id(1)])
    portal.run_errands()
    assert portal.sql("SELECT told FROM portal.openings") == [(True,)]


@pytest.fixture
def as_plain_owner(postgres: str) -> Iterator[Portal]:
    """A portal whose tables belong to a role that is no superuser."""
    with psycopg.connect(postgres, autocommit=True) as connection:
        database = connection.info.dbname
        # As an operator would: the owner may not make roles, so vigie_portal is there before him.
        connection.execute("DO 'BEGIN CREATE ROLE vigie_portal LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END'")
        connection.execute("CREATE ROLE plain_owner LOGIN")
        connection.execute(f"GRANT CREATE ON DATABASE {database} TO plain_owner")
        connection.execute("GRANT CREATE ON SCHEMA public TO plain_owner")
        url = make_conninfo(postgres, user="plain_owner")
        yield Portal(Settings(database_url=SecretStr(url)), url, [])
        connection.execute("DROP OWNED BY plain_owner CASCADE")
        connection.execute("DROP ROLE plain_owner")


def test_a_recipient_of_some_kinds_reads_those_kinds(portal: Portal, as_role: Connections) -> None:
    """Somebody named for another kind of notice only does not read the judgment alerts of the policy."""
    portal.store(an_alert())
    portal.sql("UPDATE portal.readers SET kinds = %s", ["BuyerRated"])
    key = hashlib.sha256(OURS.encode()).digest()
    portal.sql("INSERT INTO portal.sessions VALUES (%s, %s, now(), now() + interval '1 hour')", key, PETIT)
    with signed(as_role(), OURS) as cursor:
        assert cursor.execute("SELECT count(*) FROM portal.notices").fetchone() == (0,)
    portal.sql("UPDATE portal.readers SET kinds = %s", ["BuyerRated", "JudgmentAlert"])
    with signed(as_role(), OURS) as cursor:
        assert cursor.execute("SELECT count(*) FROM portal.notices").fetchone() == (1,)


@pytest.mark.usefixtures("two_readers")
def test_nobody_opens_anothers_notice(as_role: Connections) -> None:
    """An opening can be recorded for a notice of one's own only, and in nobody else's name."""
    with signed(as_role(), OURS) as cursor, pytest.raises(psycopg.errors.InsufficientPrivilege):
        cursor.execute("INSERT INTO portal.openings (notice_id) VALUES (%s)", [notice_id(1, "P-9999")])
    with signed(as_role(), OURS) as cursor, pytest.raises(psycopg.errors.InsufficientPrivilege):
        cursor.execute("INSERT INTO portal.openings (notice_id, email) VALUES (%s, %s)", [notice_id(1), ROUX])


@pytest.mark.usefixtures("two_readers")
def test_an_unknown_id_and_anothers_are_the_same_to_the_role(as_role: Connections) -> None:
    """A guessed id of another policy's notice answers as one that never was."""
    with signed(as_role(), OURS) as cursor:
        for guessed in (notice_id(1, "P-9999"), uuid.uuid4()):
            assert cursor.execute("SELECT * FROM portal.reading WHERE notice_id = %s", [guessed]).fetchall() == []
