"""Acts are added by one function alone and chained when their transaction commits; nobody changes them.

Why two deferred triggers and not one: the lock of a chain is held from the moment it is taken to the end of
the transaction. At that moment every other check that waits for the end (foreign keys, which may wait for
a row that another transaction holds) has to be over, or two transactions could wait for each other. Triggers
queued while queued triggers run are run after all of those. So the first trigger only notes, in a table
that needs no log, that this transaction has acts; the second, queued by that note, takes the locks of all
its chains in ascending order and links the acts in the order in which they were written.
"""

from django.db import migrations

APPEND = r"""
ALTER TABLE audit_event ADD CONSTRAINT audit_event_no_separator
    CHECK (strpos(action || object_type || object_id, E'\x1f') = 0);

CREATE FUNCTION audit_append(
    p_action text, p_actor_id bigint, p_partner_id bigint, p_object_type text, p_object_id text, p_detail jsonb,
    OUT event_id bigint, OUT happened_at timestamptz
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    event_id := nextval('public.audit_event_id_seq');
    happened_at := clock_timestamp();
    INSERT INTO public.audit_event
        (id, at, action, actor_id, partner_id, object_type, object_id, detail, transaction_id)
    VALUES (event_id, happened_at, p_action, p_actor_id, p_partner_id, p_object_type, p_object_id, p_detail,
            pg_current_xact_id()::text::bigint);
END
$$;
"""

CHAIN = r"""
-- One row for each server process, over and over: it never grows, and is empty again after a crash.
CREATE UNLOGGED TABLE audit_turn (
    pid integer PRIMARY KEY, transaction_id bigint NOT NULL, first_id bigint NOT NULL
) WITH (fillfactor = 50);

CREATE FUNCTION audit_note_turn() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO public.audit_turn AS turn (pid, transaction_id, first_id)
    VALUES (pg_backend_pid(), NEW.transaction_id, NEW.id)
    ON CONFLICT (pid) DO UPDATE SET transaction_id = EXCLUDED.transaction_id, first_id = EXCLUDED.first_id
        WHERE turn.transaction_id <> EXCLUDED.transaction_id;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER audit_event_note_turn AFTER INSERT ON audit_event
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_note_turn();

-- The few acts of one transaction are found by their keys. A plan made while the tables were small would read
-- them whole, at every commit, for as long as the connection lasts.
CREATE FUNCTION audit_chain() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
    AS $$
DECLARE
    act record;
    chain_now bigint;
    position_now bigint;
    hash_before bytea;
    hash_now bytea;
BEGIN
    FOR act IN
        SELECT DISTINCT coalesce(partner_id, 0) AS chain FROM public.audit_event
        WHERE id >= NEW.first_id AND transaction_id = NEW.transaction_id ORDER BY 1
    LOOP
        PERFORM pg_advisory_xact_lock(x'4155444954000000'::bigint + act.chain);
    END LOOP;
    FOR act IN
        SELECT e.*, coalesce(e.partner_id, 0) AS chain FROM public.audit_event e
        WHERE e.id >= NEW.first_id AND e.transaction_id = NEW.transaction_id
          AND NOT EXISTS (SELECT FROM public.audit_link l WHERE l.event_id = e.id)
        ORDER BY chain, e.id
    LOOP
        IF chain_now IS DISTINCT FROM act.chain THEN
            chain_now := act.chain;
            SELECT l.position, l.hash INTO position_now, hash_before FROM public.audit_link l
                WHERE l.chain = chain_now ORDER BY l.position DESC LIMIT 1;
            IF NOT FOUND THEN
                position_now := 0;
                hash_before := decode(repeat('00', 32), 'hex');
            END IF;
        END IF;
        position_now := position_now + 1;
        hash_now := sha256(
            hash_before || int8send(chain_now) || int8send(position_now) || timestamptz_send(act.at)
            || convert_to(concat_ws(E'\x1f', act.id, coalesce(act.actor_id::text, '-'),
                coalesce(act.partner_id::text, '-'), act.transaction_id, act.action, act.object_type,
                act.object_id, act.detail), 'UTF8'));
        INSERT INTO public.audit_link (event_id, chain, position, previous, hash)
            VALUES (act.id, chain_now, position_now, hash_before, hash_now);
        hash_before := hash_now;
    END LOOP;
    -- Acts added later in this transaction, where the checks were asked for early, note a turn again.
    UPDATE public.audit_turn SET transaction_id = 0 WHERE pid = NEW.pid;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER audit_turn_chain AFTER INSERT OR UPDATE ON audit_turn
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.transaction_id <> 0)
    EXECUTE FUNCTION audit_chain();

-- The last place of every chain, or of those wanted. Tells no act: a count and a hash.
CREATE FUNCTION audit_heads(wanted bigint[] DEFAULT NULL)
RETURNS TABLE (chain bigint, "position" bigint, hash bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH RECURSIVE chains AS (
        (SELECT l.chain FROM public.audit_link l ORDER BY l.chain LIMIT 1)
        UNION ALL
        SELECT (SELECT l.chain FROM public.audit_link l WHERE l.chain > c.chain ORDER BY l.chain LIMIT 1)
        FROM chains c WHERE c.chain IS NOT NULL
    )
    SELECT c.chain, head.position, head.hash FROM chains c
    CROSS JOIN LATERAL (
        SELECT l.position, l.hash FROM public.audit_link l WHERE l.chain = c.chain
        ORDER BY l.position DESC LIMIT 1
    ) head
    WHERE c.chain IS NOT NULL AND (wanted IS NULL OR c.chain = ANY (wanted))
$$;
"""

GUARD = """
CREATE TRIGGER audit_event_no_truncate BEFORE TRUNCATE ON audit_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_link_append_only BEFORE UPDATE OR DELETE ON audit_link
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_link_no_truncate BEFORE TRUNCATE ON audit_link
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

REVOKE EXECUTE ON FUNCTION audit_append, audit_heads, audit_note_turn, audit_chain FROM PUBLIC;

-- Whoever could write rows here before is the application: it may read them and call the function.
DO $$
DECLARE
    who record;
BEGIN
    FOR who IN
        SELECT DISTINCT a.grantee, quote_ident(r.rolname) AS name,
               bool_or(a.privilege_type = 'INSERT') OVER (PARTITION BY a.grantee) AS writes
        FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
        WHERE c.oid IN ('audit_event'::regclass, 'audit_link'::regclass, 'audit_turn'::regclass)
          AND a.grantee <> c.relowner
    LOOP
        EXECUTE format(
            'REVOKE INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON audit_event, audit_link, audit_turn'
            ' FROM %s', coalesce(who.name, 'PUBLIC'));
        EXECUTE format('REVOKE ALL ON SEQUENCE audit_event_id_seq FROM %s', coalesce(who.name, 'PUBLIC'));
        IF who.name IS NOT NULL THEN
            EXECUTE format('REVOKE EXECUTE ON FUNCTION audit_note_turn, audit_chain FROM %s', who.name);
            IF who.writes THEN
                EXECUTE format('GRANT EXECUTE ON FUNCTION audit_append, audit_heads TO %s', who.name);
            ELSE
                -- Backups read everything, the place of the next act included.
                EXECUTE format('GRANT SELECT ON SEQUENCE audit_event_id_seq TO %s', who.name);
            END IF;
        END IF;
    END LOOP;
END
$$;
"""

BACKWARD = """
DROP TRIGGER audit_link_no_truncate ON audit_link;
DROP TRIGGER audit_link_append_only ON audit_link;
DROP TRIGGER audit_event_no_truncate ON audit_event;
DROP FUNCTION audit_heads(bigint[]);
DROP TRIGGER audit_event_note_turn ON audit_event;
DROP TABLE audit_turn;
DROP FUNCTION audit_chain();
DROP FUNCTION audit_note_turn();
DROP FUNCTION audit_append(text, bigint, bigint, text, text, jsonb);
ALTER TABLE audit_event DROP CONSTRAINT audit_event_no_separator;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_refuse_change")]
    operations = [migrations.RunSQL(APPEND + CHAIN + GUARD, BACKWARD)]
