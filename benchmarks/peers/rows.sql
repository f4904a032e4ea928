-- Plain rows, nested in Python: see floor.py.

-- Q1
SELECT t.id, t.title, t.severity, t.criticality, t.priority, t.status, t.opened_at, r.id, r.name, r.email, a.id,
  a.name, s.id, s.name, t.description, t.updated_at, t.closed_at FROM peers.ticket t JOIN peers.person r ON r.id =
  t.requester_id JOIN peers.application a ON a.id = t.application_id JOIN peers.service s ON s.id = t.service_id WHERE
  t.id = $1

-- history
SELECT h.id, h.kind, h.comment, h.created_at, p.id, p.name FROM (SELECT * FROM peers.activity WHERE ticket_id = $1
  ORDER BY id DESC LIMIT 20) h LEFT JOIN peers.person p ON p.id = h.author_id ORDER BY h.id

-- Q2
SELECT t.id, t.title, t.severity, t.criticality, t.priority, t.status, t.opened_at, r.id, r.name, a.id, a.name, s.id,
  s.name FROM peers.ticket t JOIN peers.person r ON r.id = t.requester_id JOIN peers.application a ON a.id =
  t.application_id JOIN peers.service s ON s.id = t.service_id WHERE t.service_id = $1 AND t.status = 'OPEN' ORDER BY
  t.list_rank, t.list_moment, t.id LIMIT 50

-- Q3
SELECT application_id, name, interventions, minutes, labour::text, expenses::text FROM peers.costs($1, $2)

-- Q4
SELECT application_id, cause_id, occurrences FROM peers.recurrences($1, $2)

-- M1
WITH t AS (INSERT INTO peers.made_ticket (title, description, severity, criticality, requester_id, application_id,
  service_id) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING *) SELECT t.id, t.status, t.opened_at, r.id, r.name FROM t
  JOIN peers.person r ON r.id = t.requester_id

-- M2
WITH h AS (INSERT INTO peers.made_comment (ticket_id, author_id, comment) VALUES ($1, $2, $3) RETURNING *) SELECT
  h.id, h.kind, h.created_at, p.id, p.name FROM h JOIN peers.person p ON p.id = h.author_id
