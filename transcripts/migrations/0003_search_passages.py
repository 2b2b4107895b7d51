"""Full-text search over passages without names, through one function that keeps to the door by itself.

Under row security a policy is asked before an operator that is not leakproof, and `@@` is not: a search
under the policy reads every row of the partner. So the search runs as the owner, inside a function that
reads the door and takes it into the index: its first column is the partner, as an array of one, because
arrays have a GIN class of their own where plain numbers need an extension.

Every word is kept, also "not" and "they", and accents are taken off, so that one configuration serves
English and Welsh and words in quotation marks are found exactly as they were said. Common words are left
out of the question instead.
"""

import unicodedata

from django.db import migrations

# Marks that end a word. The parser would take "and/or", "right.So" and "<b>" as paths, hosts and tags.
GAPS_ASCII = "/<>&@._`\\~="
GAPS = GAPS_ASCII + "‘’“”„‚«»‹›–—…•·\u00a0\u2007\u202f"
# Left out: soft hyphens, zero-width spaces, combining accents, and the two marks around hits.
GONE = (
    "\u00ad\u200b\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u030b\u030c\u0323\u0327\u0328"
    "\ue000\ue001"
)


def _letters() -> tuple[str, str]:
    """Latin letters with accents, and the plain letters that stand for them (Welsh ŵ and ẁ among them)."""
    found, plain = "", ""
    for block in (range(0xC0, 0x180), range(0x1E80, 0x1E86), range(0x1EF2, 0x1EF4)):
        for code in block:
            parts = unicodedata.normalize("NFD", chr(code))
            if len(parts) > 1 and parts[0].isascii() and parts[0].isalpha():
                found += chr(code)
                plain += parts[0].lower()
    return found, plain


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


ACCENTED, PLAIN = _letters()

FORWARD = f"""
CREATE FUNCTION fold_words(said text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE WHEN octet_length(said) = length(said)
        THEN translate(said, {_quoted(GAPS_ASCII)}, {_quoted(" " * len(GAPS_ASCII))})
        ELSE translate(said, {_quoted(GAPS + ACCENTED + GONE)}, {_quoted(" " * len(GAPS) + PLAIN)})
    END
$$;

CREATE TEXT SEARCH DICTIONARY said_stems (TEMPLATE = pg_catalog.snowball, Language = english);
CREATE TEXT SEARCH CONFIGURATION said (COPY = pg_catalog.english);
ALTER TEXT SEARCH CONFIGURATION said
    ALTER MAPPING FOR asciiword, asciihword, hword_asciipart, word, hword, hword_part WITH said_stems;

-- Stored, so that passages can be set in order without being parsed again. Named by its schema: the
-- owner's search path is empty while a dump is put back.
ALTER TABLE transcripts_segment ADD COLUMN words tsvector
    GENERATED ALWAYS AS (to_tsvector('public.said'::regconfig, public.fold_words(text))) STORED;
CREATE INDEX segment_words ON transcripts_segment USING gin ((ARRAY[partner_id]), words)
    WITH (fastupdate = off);

-- What is asked for, or NULL where nothing can be looked up: no word at all, or words to leave out alone.
CREATE FUNCTION search_question(asked text) RETURNS tsquery
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = public, pg_temp AS $$
DECLARE
    folded text := fold_words(translate(asked, '“”„«»', '\"\"\"\"\"'));
    question tsquery;
BEGIN
    IF strpos(folded, '\"') = 0 THEN
        question := websearch_to_tsquery('pg_catalog.english', folded);
    END IF;
    IF question IS NULL OR numnode(question) = 0 THEN
        question := websearch_to_tsquery('public.said', folded);
    END IF;
    IF querytree(question) IN ('', 'T') THEN
        RETURN NULL;
    END IF;
    RETURN question;
END
$$;

-- A text with its accents and marks folded, and U+E000 and U+E001 around each word that was asked for.
CREATE FUNCTION mark_words(said text, asked text) RETURNS text
    LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = public, pg_temp AS $$
    SELECT ts_headline('public.said', fold_words(said), search_question(asked),
        'HighlightAll=true, StartSel=\ue000, StopSel=\ue001')
$$;

-- Passages of texts in force that hold what is asked for, best first, at most `at_most` of them; of a
-- very common word the first 2,000 are weighed. Only partners of a door of staff or of a job, and of these
-- only those in `among`.
CREATE FUNCTION search_segments(asked text, among bigint[], in_enquiry bigint, at_most integer)
    RETURNS TABLE (segment_id bigint, contributor_id bigint, wave_id bigint, rank real)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = public, pg_temp
    -- Each question has its own best plan, and a common word's list of places needs room.
    SET plan_cache_mode = force_custom_plan
    SET work_mem = '32MB'
    SET jit = off
    AS $$
DECLARE
    question tsquery := search_question(asked);
    partners bigint[];
BEGIN
    IF question IS NULL OR coalesce(current_setting('app.door', true), '') NOT IN ('staff', 'job') THEN
        RETURN;
    END IF;
    SELECT array_agg(each) INTO partners
        FROM unnest(string_to_array(nullif(current_setting('app.partners', true), ''), ',')::bigint[]) AS each
        WHERE each = ANY (among);
    IF partners IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY
        WITH found AS MATERIALIZED (
            SELECT s.id, s.contributor_id AS who, c.wave_id AS wave, ts_rank_cd(s.words, question, 1) AS fits
            FROM transcripts_segment s
            JOIN enquiries_conversation c ON c.id = s.conversation_id
            JOIN transcripts_pseudonymisedversion v ON v.id = s.version_id
            WHERE ARRAY[s.partner_id] && partners
                AND s.words @@ question
                -- Written so that its own index, which holds almost every row, is not taken for this.
                AND coalesce(s.struck_out_id, 0) = 0
                AND (in_enquiry IS NULL OR c.enquiry_id = in_enquiry)
                AND v.signed_off_at IS NOT NULL
                AND NOT EXISTS (
                    SELECT FROM transcripts_pseudonymisedversion newer
                    WHERE newer.transcript_id = v.transcript_id
                        AND newer.number > v.number
                        AND newer.signed_off_at IS NOT NULL
                )
            LIMIT 2000
        )
        SELECT found.id, found.who, found.wave, found.fits
        FROM found ORDER BY found.fits DESC, found.id LIMIT least(at_most, 2000);
END
$$;
-- The application may call it by the owner's default rights; nobody else.
REVOKE ALL ON FUNCTION search_segments(text, bigint[], bigint, integer) FROM PUBLIC;
"""  # noqa: S608 (put together from this file's own constants)
BACKWARD = """
DROP FUNCTION search_segments(text, bigint[], bigint, integer);
DROP FUNCTION mark_words(text, text);
DROP FUNCTION search_question(text);
DROP INDEX segment_words;
ALTER TABLE transcripts_segment DROP COLUMN words;
DROP TEXT SEARCH CONFIGURATION said;
DROP TEXT SEARCH DICTIONARY said_stems;
DROP FUNCTION fold_words(text);
"""


class Migration(migrations.Migration):
    dependencies = [("transcripts", "0002_the_wall")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
