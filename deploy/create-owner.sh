#!/bin/sh
# Run once by the image of PostgreSQL in an empty data directory: the owner of the database, which `osit migrate` uses.
# OSIT_OWNER_URL is postgresql://osit_owner:PASSWORD@/osit?host=/var/run/postgresql
set -eu
password=${OSIT_OWNER_URL#*://osit_owner:}
psql -v ON_ERROR_STOP=1 -v password="${password%%@*}" <<'SQL'
CREATE ROLE osit_owner LOGIN CREATEROLE PASSWORD :'password';
CREATE DATABASE osit OWNER osit_owner;
SQL
