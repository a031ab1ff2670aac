#!/bin/sh
# Makes Python code of the .proto files, into ./generated.
set -eu
cd "$(dirname "$0")"
mkdir -p generated
"${PYTHON:-python}" -m grpc_tools.protoc -I ../../proto \
  --python_out generated --grpc_python_out generated \
  ../../proto/bellwether/v1/*.proto
echo "made $(find generated -name '*.py' | wc -l) files in $PWD/generated"
