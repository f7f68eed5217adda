# Sourced by .ci/run and .ci/long: a place of its own, the tools, a PostgreSQL server of its own.
# Everything made here is below $place and goes away at the end, whatever the end is.

cd "$(dirname "${BASH_SOURCE[0]}")/.."
place=$(mktemp -d)
chmod 755 "$place"
cluster=
trap finish EXIT
trap 'exit 130' INT TERM

# The checks start from the portal's defaults, not from what this shell happens to export.
unset DEBUG SECRET_KEY ALLOWED_HOSTS DATABASE_URL SITE_URL PROXY_COUNT LOG_LEVEL DJANGO_SETTINGS_MODULE VIRTUAL_ENV
# Bytecode is kept: without it each of the hundreds of processes that the checks start compiles Django anew.
unset PYTHONDONTWRITEBYTECODE
export VAR_DIR="$place/var" REQUIRE_BROWSER=1 PYTEST_ADDOPTS="-n $(nproc) --dist worksteal"

finish() {
    [ -z "$cluster" ] || as_postgres "$postgres_bin/pg_ctl" -D "$cluster" -m immediate -s stop || true
    rm -rf "$place"
}

# step NAME COMMAND…: run it, then say how long it took.
step() {
    local name=$1 started=$SECONDS
    shift
    printf '\n== %s\n' "$name"
    "$@"
    printf -- '-- %s: %d s\n' "$name" $((SECONDS - started))
}

# last NAME COMMAND…: the same, but the command's own closing line stays the last one.
last() {
    printf '\n== %s\n' "$1"
    shift
    "$@"
}

install_system_packages() {
    local missing=()
    command -v chromium || command -v chromium-browser || command -v google-chrome || missing+=(chromium)
    compgen -G '/usr/lib/postgresql/*/bin/initdb' || missing+=(postgresql)
    [ ${#missing[@]} -gt 0 ] || return 0
    local root=()
    [ "$(id -u)" = 0 ] || root=(sudo)
    "${root[@]}" apt-get update -q
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${missing[@]}"
}

install_uv() {
    command -v uv && return
    python3 -m venv "$place/uv"
    "$place/uv/bin/pip" install -q uv
    export PATH="$place/uv/bin:$PATH"
}

# PostgreSQL refuses to run as root.
as_postgres() {
    if [ "$(id -u)" = 0 ]; then
        runuser -u postgres -- "$@"
    else
        "$@"
    fi
}

start_postgresql() {
    local port
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    postgres_bin=$(compgen -G '/usr/lib/postgresql/*/bin' | sort -V | tail -n 1)
    mkdir "$place/postgresql"
    [ "$(id -u)" != 0 ] || chown postgres "$place/postgresql"
    cluster="$place/postgresql/data"
    as_postgres "$postgres_bin/initdb" -D "$cluster" -U ntm -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$place/initdb.log"
    # Without autovacuum: it would note tables as empty between two tests, and what a test then fills in its own
    # transaction is planned as if it held one row, which makes the demo seven times slower.
    as_postgres "$postgres_bin/pg_ctl" -D "$cluster" -s -w -l "$place/postgresql/log" start -o "-p $port \
        -h 127.0.0.1 -k $place/postgresql -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c autovacuum=off"
    postgresql_url="postgres://ntm@127.0.0.1:$port/postgres"
}
