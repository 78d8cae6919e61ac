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
# shellcheck source=../toolchains.sh
. ../toolchains.sh
generated=$here/generated
python=$here/python/.venv/bin/python
go_bin=$here/go/bin
proto=zoo/v1/zoo.proto
go_package=zoo.example/generated/zoo/v1
oldest_go=1.24

say() { echo "test services: $*" >&2; }

# fingerprint PATH...: what the files say, and what installs them.
fingerprint() {
  find setup.sh ../toolchains.sh "$@" -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1
}

# is_current STEP FINGERPRINT OUTPUT...: whether nothing changed and nothing is gone.
is_current() {
  local stamp=$generated/$1.stamp want=$2 output
  shift 2
  for output in "$@"; do [ -e "$output" ] || return 1; done
  [ "$(cat "$stamp" 2>/dev/null)" = "$want" ]
}
mark_current() { echo "$2" >"$generated/$1.stamp"; }

# missing_go prints why Go cannot be used, or nothing.
missing_go() {
  local found
  if ! command -v go >/dev/null; then
    echo "Go is missing: install $oldest_go or newer (Debian: apt-get install golang-go; or the archive of the Go project, unpacked to /usr/local/go)"
  elif found=$(cd / && go env GOVERSION) && ! version_at_least "${found#go}" "$oldest_go"; then
    echo "Go ${found#go} is too old: install $oldest_go or newer"
  fi
}

protoc() { "$python" -m grpc_tools.protoc -Iproto "$@"; }

setup_python() {
  local want
  want=$(fingerprint python/requirements.txt proto)-$(python_found)
  if is_current python "$want" "$python" python/generated "$generated/zoo.binpb"; then return; fi
  python_packages python/.venv python/requirements.txt
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
  node_packages node
  rm -rf node/generated && mkdir node/generated
  # google.rpc comes with the Python packages.
  rpc=$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
  protoc -I"$rpc" --plugin=node/node_modules/.bin/protoc-gen-es --es_out=node/generated --es_opt=target=js \
    "$proto" google/rpc/status.proto google/rpc/error_details.proto
  mark_current node "$want"
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
alone "$generated/.lock"

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
say_missing "$python_reason" "$go_reason" "$node_reason"
summary
fail_in_ci "$python_reason" "$go_reason" "$node_reason"
