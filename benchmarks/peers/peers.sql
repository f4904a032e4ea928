-- What the peers look at: OSIT's own rows, through views that planners see through, and two tables for what they write,
-- with the indexes of ours. They have no rules, no history, no key.
DROP SCHEMA IF EXISTS peers CASCADE;
CREATE SCHEMA peers;
CREATE VIEW peers.person AS SELECT id, name, email FROM public.person;
CREATE VIEW peers.application AS SELECT id, name FROM public.application;
CREATE VIEW peers.service AS SELECT id, name FROM public.service;
CREATE VIEW peers.ticket AS SELECT * FROM public.ticket;
CREATE VIEW peers.activity AS SELECT id, ticket_id, kind, author_id, created_at, comment FROM public.activity;
COMMENT ON VIEW peers.person IS E'@primaryKey id';
COMMENT ON VIEW peers.application IS E'@primaryKey id';
COMMENT ON VIEW peers.service IS E'@primaryKey id';
COMMENT ON VIEW peers.ticket IS E'@primaryKey id\n@foreignKey (requester_id) references peers.person (id)\n@foreignKey (application_id) references peers.application (id)\n@foreignKey (service_id) references peers.service (id)';
COMMENT ON VIEW peers.activity IS E'@primaryKey id\n@foreignKey (ticket_id) references peers.ticket (id)\n@foreignKey (author_id) references peers.person (id)';

CREATE TABLE peers.made_ticket (LIKE public.ticket INCLUDING ALL);
ALTER TABLE peers.made_ticket ADD FOREIGN KEY (requester_id) REFERENCES public.person (id),
  ADD FOREIGN KEY (application_id) REFERENCES public.application (id),
  ADD FOREIGN KEY (service_id) REFERENCES public.service (id),
  ALTER COLUMN status SET DEFAULT 'OPEN', ALTER COLUMN priority SET DEFAULT 'NORMAL', ALTER COLUMN site_id SET DEFAULT 1,
  ALTER COLUMN opened_at SET DEFAULT now(), ALTER COLUMN updated_at SET DEFAULT now();
COMMENT ON TABLE peers.made_ticket IS E'@foreignKey (requester_id) references peers.person (id)';
CREATE TABLE peers.made_comment (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, ticket_id integer NOT NULL REFERENCES public.ticket (id),
  kind text NOT NULL DEFAULT 'COMMENT', author_id bigint NOT NULL REFERENCES public.person (id),
  created_at timestamptz NOT NULL DEFAULT now(), comment text NOT NULL);
CREATE INDEX ON peers.made_comment (ticket_id, id);
CREATE INDEX ON peers.made_comment (author_id, ticket_id);
COMMENT ON TABLE peers.made_comment IS E'@foreignKey (author_id) references peers.person (id)';

CREATE FUNCTION peers.costs(since date, until date)
  RETURNS TABLE (application_id bigint, name text, interventions int, minutes int, labour numeric, expenses numeric)
  LANGUAGE sql STABLE AS $$
  SELECT t.application_id, a.name, count(*)::int, sum(i.minutes)::int, coalesce(sum(i.labour), 0), sum(i.expenses)
  FROM public.intervention i JOIN public.ticket t ON t.id = i.ticket_id JOIN public.application a ON a.id = t.application_id
  WHERE i.voided_by IS NULL AND i.started_on BETWEEN since AND until GROUP BY 1, 2 $$;
CREATE FUNCTION peers.recurrences(since date, until date)
  RETURNS TABLE (application_id bigint, cause_id bigint, occurrences int)
  LANGUAGE sql STABLE AS $$
  SELECT t.application_id, i.cause_id, count(DISTINCT i.ticket_id)::int
  FROM public.intervention i JOIN public.ticket t ON t.id = i.ticket_id
  WHERE i.voided_by IS NULL AND i.started_on BETWEEN since AND until AND NOT EXISTS (
    SELECT FROM public.intervention e WHERE e.ticket_id = i.ticket_id AND e.cause_id = i.cause_id
      AND e.voided_by IS NULL AND e.started_on < since)
  GROUP BY 1, 2 HAVING count(DISTINCT i.ticket_id) > 1
  ORDER BY 3 DESC, sum(coalesce(i.labour, 0) + i.expenses) DESC LIMIT 20 $$;
