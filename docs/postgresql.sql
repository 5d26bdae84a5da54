-- Roles of a GridApp database on PostgreSQL, each with the least it needs. See docs/postgresql.md.
--
-- Run as an administrator of the server, connected to the database that GridApp gets, for instance
--     psql -d gridapp -f postgresql.sql
-- once before GridApp first opens it, and again after GridApp was first opened by the owner and after each update.
-- Running it again does no harm.

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['gridapp_owner', 'gridapp_writer', 'gridapp_reader'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE', name);
        END IF;
    END LOOP;

    -- The owner makes and updates the tables; nobody else changes them. Nobody uninvited connects.
    EXECUTE format('ALTER DATABASE %I OWNER TO gridapp_owner', current_database());
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    -- Temporary views show each account what it may see, and hide sealed records from everybody.
    EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO gridapp_writer, gridapp_reader', current_database());
END $$;

ALTER ROLE gridapp_owner LOGIN;  -- no password yet: give it one with \password gridapp_owner
ALTER SCHEMA public OWNER TO gridapp_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO gridapp_writer, gridapp_reader;

-- Tables that are there, and those that updates will make.
GRANT SELECT ON ALL TABLES IN SCHEMA public TO gridapp_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO gridapp_writer;
GRANT USAGE, UPDATE ON ALL SEQUENCES IN SCHEMA public TO gridapp_writer;
ALTER DEFAULT PRIVILEGES FOR ROLE gridapp_owner IN SCHEMA public GRANT SELECT ON TABLES TO gridapp_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE gridapp_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO gridapp_writer;
ALTER DEFAULT PRIVILEGES FOR ROLE gridapp_owner IN SCHEMA public GRANT USAGE, UPDATE ON SEQUENCES TO gridapp_writer;

-- The journal only grows, the schema's number is the owner's, and half-typed drafts are nobody else's business.
DO $$
DECLARE
    one text;
BEGIN
    FOREACH one IN ARRAY ARRAY['operation', 'operation_change', 'audit_link', 'audit_checkpoint'] LOOP
        IF to_regclass('public.' || one) IS NOT NULL THEN
            EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %I FROM gridapp_writer', one);
        END IF;
    END LOOP;
    IF to_regclass('public.operation') IS NOT NULL THEN
        REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM gridapp_writer;
        REVOKE DELETE ON site FROM gridapp_writer;
        REVOKE ALL ON draft FROM gridapp_reader;
    END IF;
END $$;
