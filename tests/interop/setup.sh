#!/usr/bin/env bash
# Installs what the interop suite needs: PostgreSQL from the distribution and a virtual environment with the real Zino,
# the real Argus and the Python glue. Run again at will: it does nothing when everything is there.
#
#   INTEROP_FRONT  nginx, if that is to stand before Argus: then it is installed too
#   INTEROP_VENV   where the virtual environment goes (default: target/interop/venv in this repository)
set -euo pipefail
exec </dev/null

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
venv=${INTEROP_VENV:-$top/target/interop/venv}

say() { printf 'interop setup: %s\n' "$*"; }
fail() { printf 'interop setup: %s\n' "$*" >&2; exit 1; }

# Where Debian keeps initdb and postgres: not on the PATH, one directory for each major version.
have_postgres() { command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; }
have_headers() { command -v pg_config >/dev/null && command -v cc >/dev/null; }
have_nginx() { [ "${INTEROP_FRONT:-}" != nginx ] || command -v nginx >/dev/null || [ -x /usr/sbin/nginx ]; }
have_venv() { python3 -c 'import ensurepip, venv' 2>/dev/null; }

packages=()
have_postgres || packages+=(postgresql)
have_headers || packages+=(libpq-dev gcc python3-dev)   # the database driver of Argus is compiled
have_nginx || packages+=(nginx)
have_venv || packages+=(python3-venv)
if [ ${#packages[@]} -gt 0 ]; then
    command -v apt-get >/dev/null || fail "please install: ${packages[*]}"
    [ "$(id -u)" = 0 ] || fail "only root can install: ${packages[*]}"
    say "installing ${packages[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
fi
have_postgres || fail 'initdb is still missing'

# The stamp holds the pins that were installed, so that a changed pin installs again.
stamp=$venv/interop-pins
wanted=$(cat "$here/requirements.txt" "$here/constraints.txt")
if [ -x "$venv/bin/python" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then
    say "ready: $venv"
    exit 0
fi
say "installing the peers into $venv"
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail 'Python 3.11 or newer is needed'
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    --requirement "$here/requirements.txt" --constraint "$here/constraints.txt"
printf '%s\n' "$wanted" >"$stamp"
say "ready: $venv"
