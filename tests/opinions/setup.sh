#!/usr/bin/env bash
# Installs the foreign parsers and verifiers, inside this directory. Run it as often as you like: it does only what
# changed.
#
# Prints one line of JSON on stdout, the commands that start each checker; everything else goes to stderr. A missing
# toolchain is named, with how to install it; with CI set that is a failure, otherwise the other checkers go on.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here"
python=$here/.venv/bin/python
oldest_python=3.10
oldest_node=20.11
lock_wait_seconds=900

say() { echo "second opinions: $*" >&2; }

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

# The stamps lie in what they speak of, and go with it.

setup_python() {
  local want
  want=$(sha256sum setup.sh requirements.txt)-$(python3 -c 'import sys; print(sys.version_info[:3], sys.prefix)')
  if [ -x "$python" ] && [ "$(cat .venv/stamp 2>/dev/null)" = "$want" ]; then return; fi
  say "installing the Python packages"
  python3 -m venv --clear .venv
  "$python" -m pip install --quiet --disable-pip-version-check --requirement requirements.txt >&2
  echo "$want" >.venv/stamp
}

setup_node() {
  local want
  want=$(sha256sum setup.sh package.json package-lock.json)-$(node --version)
  if [ "$(cat node_modules/.stamp 2>/dev/null)" = "$want" ]; then return; fi
  say "installing the Node packages"
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2
  echo "$want" >node_modules/.stamp
}

# json_string WORD: a JSON string.
json_string() {
  local word=${1//\\/\\\\}
  printf '"%s"' "${word//\"/\\\"}"
}

# json_checker REASON PROGRAM SCRIPT
json_checker() {
  if [ -n "$1" ]; then
    printf '{"available":false,"reason":%s}' "$(json_string "$1")"
  else
    printf '{"available":true,"command":[%s,%s]}' "$(json_string "$2")" "$(json_string "$here/$3")"
  fi
}

# Two test binaries may start at the same moment.
if command -v flock >/dev/null; then
  exec 9>"$here/.lock"
  flock -w "$lock_wait_seconds" 9 || { say "another setup.sh holds $here/.lock"; exit 1; }
fi

python_reason=$(missing_python)
node_reason=$(missing_node)
[ -n "$python_reason" ] || setup_python
[ -n "$node_reason" ] || setup_node
for reason in "$python_reason" "$node_reason"; do
  [ -z "$reason" ] || say "$reason"
done
printf '{"slack":%s,"discord":%s,"manifest":%s,"signatures":%s}\n' \
  "$(json_checker "$python_reason" "$python" slack.py)" \
  "$(json_checker "$node_reason" node discord.mjs)" \
  "$(json_checker "$node_reason" node manifest.mjs)" \
  "$(json_checker "$node_reason" node signatures.mjs)"
if [ -n "${CI:-}" ] && [ -n "$python_reason$node_reason" ]; then
  say "CI is set, so every checker is required"
  exit 1
fi
