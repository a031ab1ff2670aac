#!/bin/sh
# Makes Go code of the .proto files, into ./gen. It needs protoc; that of Python's grpcio-tools will do:
#   PROTOC="python -m grpc_tools.protoc" ./generate.sh
set -eu
cd "$(dirname "$0")"
export GOBIN="$PWD/.bin"
go install google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.6
go install google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.5.1
mkdir -p gen
module=github.com/bellwether-scheduler/bellwether/gen/go
${PROTOC:-protoc} -I ../../proto \
  --plugin=protoc-gen-go="$GOBIN/protoc-gen-go" \
  --plugin=protoc-gen-go-grpc="$GOBIN/protoc-gen-go-grpc" \
  --go_out gen --go_opt module=$module --go-grpc_out gen --go-grpc_opt module=$module \
  ../../proto/bellwether/v1/*.proto
[ -f gen/go.mod ] || (cd gen && go mod init $module)
(cd gen && go mod tidy)
go mod edit -replace $module=./gen
go mod tidy
