#!/bin/sh
# Make the virtual environment $1 from requirements.lock. Safe to repeat; says what to do when a step fails.
set -eu
venv=$1

say() { printf '%s\n' "setup: $*" >&2; }
fail() { say "$1"; exit 1; }

suitable() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; }

python=
for each in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python; do
  if command -v "$each" >/dev/null 2>&1 && suitable "$each"; then python=$each; break; fi
done
[ -n "$python" ] || fail "no Python 3.11, 3.12 or 3.13 found; install one, or name it: make PYTHON=/path/to/python3.11 …"

rm -f "$venv/.ready"

with_uv() {
  say "installing with uv into $venv (about half a minute)"
  uv venv --quiet --allow-existing --python "$python" "$venv" &&
    VIRTUAL_ENV=$venv uv pip install --quiet --require-hashes -r requirements.lock &&
    VIRTUAL_ENV=$venv uv pip install --quiet --no-deps --no-build-isolation -e .
}

with_pip() {
  say "installing with pip into $venv (one to two minutes)"
  "$python" -m venv "$venv" || fail "python could not make $venv; on Debian: apt install python3-venv; or delete the folder and try again"
  log=$venv/install.log
  pip="$venv/bin/python -m pip install --quiet --disable-pip-version-check --no-compile"
  { $pip --require-hashes -r requirements.lock && $pip --no-deps --no-build-isolation -e .; } 2>"$log" && return
  grep -i '^error' "$log" >&2 || true
  fail "the packages could not be installed; all that pip said is in $log. Without internet: set PIP_INDEX_URL to your mirror, or PIP_FIND_LINKS and PIP_NO_INDEX=1 to a folder of wheels"
}

if command -v uv >/dev/null 2>&1; then
  with_uv || { say "uv could not do it; trying pip"; rm -rf "$venv"; with_pip; }
else
  with_pip
fi

# Byte code once, here: otherwise every notebook compiles every library it imports (2.4 times the cost).
"$venv/bin/python" -m compileall -q -j 0 "$venv/lib" src >/dev/null || say "some files could not be compiled; that costs time, nothing else"
touch "$venv/.ready"
say "ready"
