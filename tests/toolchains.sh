# shellcheck shell=bash
# What the scripts share that install something for the tests: whether Python and Node are there and new enough, a lock,
# and JSON. To be sourced by a script with `set -euo pipefail`, which says what it does by its own `say`.

oldest_python=3.10
oldest_node=20.11
lock_wait_seconds=900

# version_at_least FOUND OLDEST
version_at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

# Each missing_* prints why the language cannot be used, or nothing.

missing_python() {
  local found
  if ! command -v python3 >/dev/null; then
    echo "Python is missing: install $oldest_python or newer (Debian: apt-get install python3 python3-venv)"
  elif found=$(python3 -c 'import platform; print(platform.python_version())') && ! version_at_least "$found" "$oldest_python"; then
    echo "Python $found is too old: install $oldest_python or newer (Debian: apt-get install python3 python3-venv)"
  elif ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
    echo "Python cannot make virtual environments: Debian has them in a package of its own (apt-get install python3-venv)"
  fi
}

missing_node() {
  local found
  if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    echo "Node or npm is missing: install Node $oldest_node or newer (Debian: apt-get install nodejs npm)"
  elif found=$(node --version) && ! version_at_least "${found#v}" "$oldest_node"; then
    echo "Node ${found#v} is too old: install $oldest_node or newer"
  fi
}

# The Python that packages are installed for: a change of it makes them useless.
python_found() { python3 -c 'import sys; print(sys.version_info[:3], sys.prefix)'; }

# python_packages VENV REQUIREMENTS: a new virtual environment with these packages.
python_packages() {
  say "installing the Python packages"
  python3 -m venv --clear "$1"
  "$1/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$2" >&2
}

# node_packages DIRECTORY: what its package-lock.json names.
node_packages() {
  say "installing the Node packages"
  (cd "$1" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2)
}

# alone LOCK: waits until no other script holds the lock; two test binaries may start at the same moment.
alone() {
  if command -v flock >/dev/null; then
    exec 9>"$1"
    flock -w "$lock_wait_seconds" 9 || { say "another script holds $1"; exit 1; }
  fi
}

# say_missing REASON...: says those that are not empty.
say_missing() {
  local reason
  for reason in "$@"; do
    [ -z "$reason" ] || say "$reason"
  done
}

# fail_in_ci REASON...: with CI set nothing may be missing.
fail_in_ci() {
  local all="$*"
  if [ -n "${CI:-}" ] && [ -n "${all// /}" ]; then
    say "CI is set, so everything is required"
    exit 1
  fi
}

# json_strings WORD...: a JSON array.
json_strings() {
  local word separator=""
  printf '['
  for word in "$@"; do
    printf '%s%s' "$separator" "$(json_string "$word")"
    separator=,
  done
  printf ']'
}

# json_string WORD: a JSON string.
json_string() {
  local word=${1//\\/\\\\}
  printf '"%s"' "${word//\"/\\\"}"
}
