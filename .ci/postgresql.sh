# A PostgreSQL cluster of its own in the scratch folder; its user may create databases, no more.
programs=$(find /usr/lib/postgresql -name initdb -printf '%h\n' 2>/dev/null | sort -V | tail -n 1)
[ -n "$programs" ] || fail "PostgreSQL is installed, but its initdb is not to be found"

as_postgres=(setpriv --reuid=postgres --regid=postgres --init-groups)
folder=$scratch/postgresql
port=$(free_port)
password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
install -d -m 700 -o postgres "$folder"
(umask 077 && echo "$password" >"$folder/password")
chown postgres "$folder/password"

"${as_postgres[@]}" "$programs/initdb" -D "$folder/data" --encoding=UTF8 --locale=C.UTF-8 \
    --auth=scram-sha-256 --pwfile="$folder/password" >"$scratch/initdb.log" 2>&1 ||
    { cat "$scratch/initdb.log" >&2; fail "initdb failed"; }
"${as_postgres[@]}" "$programs/postgres" -D "$folder/data" -p "$port" -k "$folder" \
    -c listen_addresses=127.0.0.1 -c fsync=off -c synchronous_commit=off -c full_page_writes=off \
    >"$scratch/postgresql.log" 2>&1 &
started+=($!)
wait_until PostgreSQL 60 $! "$scratch/postgresql.log" "$programs/pg_isready" -q -h 127.0.0.1 -p "$port"

PGPASSWORD=$password "$programs/psql" -q -X -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$port" -U postgres postgres \
    -c "CREATE ROLE portal LOGIN CREATEDB PASSWORD '$password'" -c "CREATE DATABASE portal OWNER portal"
export TEST_DATABASE_URL="postgresql://portal:$password@127.0.0.1:$port/portal"
