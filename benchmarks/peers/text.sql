-- The whole answer as PostgreSQL writes it: see floor.py.

-- Q1
SELECT json_build_object('id', t.id, 'number', t.id, 'title', t.title, 'severity', t.severity, 'criticality',
  t.criticality, 'priority', t.priority, 'status', t.status, 'openedAt', t.opened_at, 'requester',
  json_build_object('id', r.id, 'name', r.name, 'email', r.email), 'application', json_build_object('id', a.id,
  'name', a.name), 'service', json_build_object('id', s.id, 'name', s.name), 'description', t.description,
  'updatedAt', t.updated_at, 'closedAt', t.closed_at, 'activities', (SELECT json_agg(json_build_object('id', h.id,
  'kind', h.kind, 'comment', h.comment, 'createdAt', h.created_at, 'author', CASE WHEN p.id IS NOT NULL THEN
  json_build_object('id', p.id, 'name', p.name) END) ORDER BY h.id) FROM (SELECT * FROM peers.activity WHERE ticket_id
  = $1 ORDER BY id DESC LIMIT 20) h LEFT JOIN peers.person p ON p.id = h.author_id)) FROM peers.ticket t JOIN
  peers.person r ON r.id = t.requester_id JOIN peers.application a ON a.id = t.application_id JOIN peers.service s ON
  s.id = t.service_id WHERE t.id = $1

-- Q2
SELECT coalesce(json_agg(found), '[]') FROM ( SELECT json_build_object('id', t.id, 'number', t.id, 'title', t.title,
  'severity', t.severity, 'criticality', t.criticality, 'priority', t.priority, 'status', t.status, 'openedAt',
  t.opened_at, 'requester', json_build_object('id', r.id, 'name', r.name), 'application', json_build_object('id',
  a.id, 'name', a.name), 'service', json_build_object('id', s.id, 'name', s.name)) AS found FROM peers.ticket t JOIN
  peers.person r ON r.id = t.requester_id JOIN peers.application a ON a.id = t.application_id JOIN peers.service s ON
  s.id = t.service_id WHERE t.service_id = $1 AND t.status = 'OPEN' ORDER BY t.list_rank, t.list_moment, t.id LIMIT
  50) page

-- Q3
SELECT json_agg(json_build_object('applicationId', application_id, 'name', name, 'interventions', interventions,
  'minutes', minutes, 'labour', labour, 'expenses', expenses)) FROM (SELECT application_id, name, interventions,
  minutes, labour::text, expenses::text FROM peers.costs($1, $2)) lines

-- Q4
SELECT json_agg(json_build_object('applicationId', application_id, 'causeId', cause_id, 'occurrences', occurrences))
  FROM (SELECT application_id, cause_id, occurrences FROM peers.recurrences($1, $2)) lines

-- M1
WITH t AS (INSERT INTO peers.made_ticket (title, description, severity, criticality, requester_id, application_id,
  service_id) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING *) SELECT json_build_object('id', t.id, 'number', t.id,
  'status', t.status, 'openedAt', t.opened_at, 'requester', json_build_object('id', r.id, 'name', r.name)) FROM t JOIN
  peers.person r ON r.id = t.requester_id

-- M2
WITH h AS (INSERT INTO peers.made_comment (ticket_id, author_id, comment) VALUES ($1, $2, $3) RETURNING *) SELECT
  json_build_object('id', h.id, 'kind', h.kind, 'createdAt', h.created_at, 'author', json_build_object('id', p.id,
  'name', p.name)) FROM h JOIN peers.person p ON p.id = h.author_id
