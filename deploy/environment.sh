#!/bin/sh
# Makes .venv from requirements.lock, with every hash required; does nothing when it already fits the lock.
set -eu

stamp=.venv/installed.lock
if [ -x .venv/bin/python ] && cmp -s requirements.lock "$stamp"; then exit 0; fi

say() { printf '%s\n' "$*" >&2; }

# The distribution's own comes first, where it can fill an environment: it was built with a profile, which one built at
# home often was not, and is the quicker for it (ADR 0124).
python=
if [ -z "${PYTHON:-}" ] && /usr/bin/python3 -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  python=/usr/bin/python3
fi
for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
  [ -z "$python" ] || break
  if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$candidate; fi
done
[ -n "$python" ] || { say "no Python 3.11 or newer found (set PYTHON=/path/to/python3)"; exit 1; }

if ! [ -x .venv/bin/python ] || ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  say "making .venv with $("$python" -V), $(command -v "$python")"
  rm -rf .venv
  # Debian's python3 may come without ensurepip; then the system's pip, if there is one, fills the environment.
  "$python" -m venv .venv >/dev/null 2>&1 || { rm -rf .venv; "$python" -m venv --without-pip .venv; }
fi

# uv itself comes from the lock too, by its hash.
awk '/^uv==/ {inside = 1} inside {print} inside && !/\\$/ {exit}' requirements.lock > .venv/uv.lock
if .venv/bin/python -m pip --version >/dev/null 2>&1; then pip=".venv/bin/python -m pip"
elif "$python" -m pip --version >/dev/null 2>&1; then pip="$python -m pip --python .venv/bin/python"
else say "this Python has neither ensurepip nor pip: install python3-venv or python3-pip"; exit 1; fi
$pip install --quiet --disable-pip-version-check --require-hashes -r .venv/uv.lock

# Where pip has been told to look for packages, uv looks too.
index=${PIP_INDEX_URL:-$($pip config get global.index-url 2>/dev/null || true)}
[ -z "$index" ] || export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$index}"
[ -z "${PIP_CERT:-}" ] || export SSL_CERT_FILE="${SSL_CERT_FILE:-$PIP_CERT}"

say "installing $(grep -c '==' requirements.lock) locked packages"
export VIRTUAL_ENV="$PWD/.venv"
.venv/bin/uv pip install --quiet --no-deps --require-hashes -r requirements.lock
.venv/bin/uv pip install --quiet --no-deps --no-build-isolation -e .
cp requirements.lock "$stamp"
