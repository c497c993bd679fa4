-- name: end_stopped
-- A session whose process was stopped inside COPY: PostgreSQL looks at no time-out while it waits for the rest of it.
SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND usename = current_user AND application_name = 'vigie'
  AND state = 'active' AND wait_event_type = 'Client'
  AND xact_start < clock_timestamp() - current_setting('transaction_timeout')::interval;
