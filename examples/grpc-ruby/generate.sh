#!/bin/sh
# Makes the Ruby code of the messages and of the service from the .proto, into .cache/grpc-ruby. Nothing else of the
# project goes into it: any language for which protoc has a gRPC plugin is served in the same way.
set -eu
cd "$(dirname "$0")/../.."
mkdir -p .cache/grpc-ruby
grpc_tools_ruby_protoc -I proto --ruby_out=.cache/grpc-ruby --grpc_out=.cache/grpc-ruby dragoman/plugin.proto
