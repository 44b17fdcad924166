-- Once, when the cluster is born.
CREATE DATABASE "core";
\set pooler_password `cat /etc/patroni/pooler-password`
CREATE ROLE pgbouncer LOGIN PASSWORD :'pooler_password';
\connect "core"
-- PgBouncer learns a client's SCRAM secret here; superusers and replication never pass through it.
CREATE SCHEMA pooler;
CREATE FUNCTION pooler.credentials(name text) RETURNS TABLE (username text, secret text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
        SELECT rolname::text, rolpassword FROM pg_authid
        WHERE rolname = name AND rolcanlogin AND NOT rolsuper AND NOT rolreplication
            AND (rolvaliduntil IS NULL OR rolvaliduntil > now())
    $$;
REVOKE ALL ON SCHEMA pooler FROM PUBLIC;
REVOKE ALL ON FUNCTION pooler.credentials(text) FROM PUBLIC;
GRANT USAGE ON SCHEMA pooler TO pgbouncer;
GRANT EXECUTE ON FUNCTION pooler.credentials(text) TO pgbouncer;
