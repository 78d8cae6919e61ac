#!/usr/bin/env bash
# Installs what the test services need, generates their code and builds them, all
# inside this directory. Run it as often as you like: it does only what changed.
#
# Prints one line of JSON on stdout, the commands that start each server and
# client; everything else goes to stderr. A missing toolchain is named, with how to
# install it; with CI set that is a failure, otherwise the other languages go on.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here"
generated=$here/generated
python=$here/python/.venv/bin/python
go_bin=$here/go/bin
proto=zoo/v1/zoo.proto
go_package=zoo.example/generated/zoo/v1
oldest_python=3.10
oldest_go=1.24
oldest_node=20.11
lock_wait_seconds=900

say() { echo "test services: $*" >&2; }

# version_at_least FOUND OLDEST
version_at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

# fingerprint PATH...: what the files say, and this script.
fingerprint() {
  find "$here/setup.sh" "$@" -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1
}

# is_current STEP FINGERPRINT OUTPUT...: whether nothing changed and nothing is gone.
is_current() {
  local stamp=$generated/$1.stamp want=$2 output
  shift 2
  for output in "$@"; do [ -e "$output" ] || return 1; done
  [ "$(cat "$stamp" 2>/dev/null)" = "$want" ]
}
mark_current() { echo "$2" >"$generated/$1.stamp"; }

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

missing_go() {
  local found
  if ! command -v go >/dev/null; then
    echo "Go is missing: install $oldest_go or newer (Debian: apt-get install golang-go; or the archive of the Go project, unpacked to /usr/local/go)"
  elif found=$(cd / && go env GOVERSION) && ! version_at_least "${found#go}" "$oldest_go"; then
    echo "Go ${found#go} is too old: install $oldest_go or newer"
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

protoc() { "$python" -m grpc_tools.protoc -Iproto "$@"; }

setup_python() {
  local want
  want=$(fingerprint python/requirements.txt proto)-$(python3 -c 'import sys; print(sys.version_info[:3], sys.prefix)')
  if is_current python "$want" "$python" python/generated "$generated/zoo.binpb"; then return; fi
  say "installing the Python packages"
  python3 -m venv --clear python/.venv
  "$python" -m pip install --quiet --disable-pip-version-check --requirement python/requirements.txt >&2
  rm -rf python/generated && mkdir python/generated
  protoc --python_out=python/generated --grpc_python_out=python/generated "$proto"
  protoc --include_imports --include_source_info --descriptor_set_out="$generated/zoo.binpb" "$proto"
  mark_current python "$want"
}

setup_go() {
  local want
  want=$(fingerprint python/requirements.txt go/go.mod go/go.sum go/cmd proto)-$(cd go && go env GOVERSION)
  if is_current go "$want" "$go_bin/server" "$go_bin/client" "$go_bin/jsonreference"; then return; fi
  say "building the Go service"
  rm -rf go/generated go/bin && mkdir go/generated
  (
    cd go
    export GOFLAGS="-buildvcs=false -trimpath -mod=readonly" GOBIN=$go_bin
    go install tool >&2
  )
  protoc --plugin="$go_bin/protoc-gen-go" --plugin="$go_bin/protoc-gen-go-grpc" \
    --go_out=go/generated --go_opt="paths=source_relative,M$proto=$go_package" \
    --go-grpc_out=go/generated --go-grpc_opt="paths=source_relative,M$proto=$go_package" "$proto"
  (
    cd go
    export GOFLAGS="-buildvcs=false -trimpath -mod=readonly"
    go build -o "$go_bin/" ./cmd/... >&2
  )
  mark_current go "$want"
}

setup_node() {
  local want rpc
  want=$(fingerprint python/requirements.txt node/package.json node/package-lock.json proto)-$(node --version)
  if is_current node "$want" node/node_modules node/generated; then return; fi
  say "installing the Node packages"
  (cd node && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2)
  rm -rf node/generated && mkdir node/generated
  # google.rpc comes with the Python packages.
  rpc=$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
  protoc -I"$rpc" --plugin=node/node_modules/.bin/protoc-gen-es --es_out=node/generated --es_opt=target=js \
    "$proto" google/rpc/status.proto google/rpc/error_details.proto
  mark_current node "$want"
}

# json_strings WORD...: a JSON array.
json_strings() {
  local word separator=""
  printf '['
  for word in "$@"; do
    word=${word//\\/\\\\}
    printf '%s"%s"' "$separator" "${word//\"/\\\"}"
    separator=,
  done
  printf ']'
}

# json_string WORD: a JSON string.
json_string() {
  local array
  array=$(json_strings "$1")
  array=${array#[}
  printf '%s' "${array%]}"
}

# json_language REASON SERVER CLIENT REFERENCE, the last three as JSON.
json_language() {
  if [ -n "$1" ]; then
    printf '{"available":false,"reason":%s}' "$(json_string "$1")"
  else
    printf '{"available":true,"server":%s,"client":%s,"json_reference":%s}' "$2" "$3" "$4"
  fi
}

summary() {
  printf '{"python":%s,"go":%s,"node":%s,"liar":%s,"descriptors":%s,"fixtures":%s,"differences":%s}\n' \
    "$(json_language "$python_reason" \
      "$(json_strings "$python" "$here/python/server.py")" \
      "$(json_strings "$python" "$here/python/client.py")" \
      "$(json_strings "$python" "$here/python/json_reference.py" "$here/fixtures")")" \
    "$(json_language "$go_reason" \
      "$(json_strings "$go_bin/server")" \
      "$(json_strings "$go_bin/client")" \
      "$(json_strings "$go_bin/jsonreference" "$here/fixtures")")" \
    "$(json_language "$node_reason" \
      "$(json_strings node "$here/node/server.js")" \
      "$(json_strings node "$here/node/client.js")" \
      "$(json_strings node "$here/node/json_reference.js" "$here/fixtures")")" \
    "$(if [ -n "$python_reason" ]; then json_language "$python_reason"; else
      printf '{"available":true,"server":%s}' "$(json_strings "$python" "$here/python/liar.py")"
    fi)" \
    "$(json_string "$generated/zoo.binpb")" \
    "$(json_string "$here/fixtures")" \
    "$(json_string "$here/differences.json")"
}

mkdir -p "$generated"
# Two test binaries may start at the same moment.
if command -v flock >/dev/null; then
  exec 9>"$generated/.lock"
  flock -w "$lock_wait_seconds" 9 || { say "another setup.sh holds $generated/.lock"; exit 1; }
fi

python_reason=$(missing_python)
go_reason=$(missing_go)
node_reason=$(missing_node)
# protoc comes with the Python packages, so nothing can be generated without them.
if [ -n "$python_reason" ]; then
  go_reason=${go_reason:-"Go's code is generated with Python's packages. $python_reason"}
  node_reason=${node_reason:-"Node's code is generated with Python's packages. $python_reason"}
fi
[ -n "$python_reason" ] || setup_python
[ -n "$go_reason" ] || setup_go
[ -n "$node_reason" ] || setup_node
for reason in "$python_reason" "$go_reason" "$node_reason"; do
  [ -z "$reason" ] || say "$reason"
done
summary
if [ -n "${CI:-}" ] && [ -n "$python_reason$go_reason$node_reason" ]; then
  say "CI is set, so every language is required"
  exit 1
fi
