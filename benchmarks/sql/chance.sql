-- Chance that is the same every time: hashes of the row's number and of what is drawn (the salt).
CREATE SCHEMA bench;
CREATE FUNCTION bench.pick(i bigint, salt integer, n integer) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN ((hashint8extended(i, salt) & 2147483647) % n)::integer;
CREATE FUNCTION bench.share(i bigint, salt integer) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN (hashint8extended(i, salt) & 1048575) / 1048576.0::double precision;
CREATE TABLE bench.stock (number integer PRIMARY KEY, title text, description text, remark text);
CREATE TABLE bench.machine (number integer PRIMARY KEY, name text);
CREATE TABLE bench.priority (severity text, criticality text, priority text);
CREATE TABLE bench.size (
    tickets integer, interventions integer, applications integer, services integer, sites integer, causes integer,
    technicians integer, first_operator integer, operators integer, manager integer, requester integer,
    people integer, today timestamptz, months integer
);
