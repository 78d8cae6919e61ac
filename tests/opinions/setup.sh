#!/usr/bin/env bash
# Installs the foreign parsers and verifiers, inside this directory. Run it as often as you like: it does only what
# changed.
#
# Prints one line of JSON on stdout, the commands that start each checker; everything else goes to stderr. A missing
# toolchain is named, with how to install it; with CI set that is a failure, otherwise the other checkers go on.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here"
# shellcheck source=../toolchains.sh
. ../toolchains.sh
python=$here/.venv/bin/python

say() { echo "second opinions: $*" >&2; }

# The stamps lie in what they speak of, and go with it.

setup_python() {
  local want
  want=$(sha256sum setup.sh ../toolchains.sh requirements.txt)-$(python_found)
  if [ -x "$python" ] && [ "$(cat .venv/stamp 2>/dev/null)" = "$want" ]; then return; fi
  python_packages .venv requirements.txt
  echo "$want" >.venv/stamp
}

setup_node() {
  local want
  want=$(sha256sum setup.sh ../toolchains.sh package.json package-lock.json)-$(node --version)
  if [ "$(cat node_modules/.stamp 2>/dev/null)" = "$want" ]; then return; fi
  node_packages .
  echo "$want" >node_modules/.stamp
}

# json_checker REASON PROGRAM SCRIPT
json_checker() {
  if [ -n "$1" ]; then
    printf '{"available":false,"reason":%s}' "$(json_string "$1")"
  else
    printf '{"available":true,"command":%s}' "$(json_strings "$2" "$here/$3")"
  fi
}

alone "$here/.lock"

python_reason=$(missing_python)
node_reason=$(missing_node)
[ -n "$python_reason" ] || setup_python
[ -n "$node_reason" ] || setup_node
say_missing "$python_reason" "$node_reason"
printf '{"slack":%s,"discord":%s,"manifest":%s,"signatures":%s}\n' \
  "$(json_checker "$python_reason" "$python" slack.py)" \
  "$(json_checker "$node_reason" node discord.mjs)" \
  "$(json_checker "$node_reason" node manifest.mjs)" \
  "$(json_checker "$node_reason" node signatures.mjs)"
fail_in_ci "$python_reason" "$node_reason"
