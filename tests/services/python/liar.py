"""Serves reflection (v1 and v1alpha) that lies, beside one service that does not.

`liar.v1.Honest` is described truthfully in every mode but slow; what else is
listed depends on the mode:

  cycle           liar.v1.Liar is in a file that imports itself through another
  missing-import  liar.v1.Liar is in a file whose import nobody knows; one of
                  its methods needs that import, the other does not
  huge            liar.v1.Huge has 10,000 methods
  garbage         the file of liar.v1.Liar does not decode
  slow            reflection accepts every question and never answers
  v1alpha-only    nothing else, and reflection v1 is not there

Every method of liar.v1 answers with the bytes of its request; all their types
have one field, `string text = 1`.
"""

import argparse
import asyncio

import grpc
from google.protobuf import descriptor_pb2
from grpc_reflection.v1alpha import reflection_pb2

import process

HUGE_METHODS = 10_000
GARBAGE = b"\xff\xff\xff\xffthis is no descriptor"
# Which symbols are services; the others are messages.
SERVICES = ["Honest", "Liar", "Huge"]
HONEST_FILE = "liar/v1/honest.proto"
LIAR_FILE = "liar/v1/liar.proto"
# The messages of both versions are the same on the wire.
REFLECTION_METHODS = {
    "v1": "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "v1alpha": "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
}


def file_of(name, message, service, methods, imports=()):
    """A file with one message and one service; methods are (name, input type)."""
    file = descriptor_pb2.FileDescriptorProto(
        name=name, package="liar.v1", syntax="proto3", dependency=imports
    )
    file.message_type.add(name=message).field.add(
        name="text",
        number=1,
        json_name="text",
        type=descriptor_pb2.FieldDescriptorProto.TYPE_STRING,
        label=descriptor_pb2.FieldDescriptorProto.LABEL_OPTIONAL,
    )
    if service:
        added = file.service.add(name=service)
        for method, input_type in methods:
            added.method.add(
                name=method,
                input_type=f".liar.v1.{input_type}",
                output_type=f".liar.v1.{message}",
            )
    return file


class Lies:
    """What reflection answers in one mode."""

    def __init__(self, mode):
        # The bytes of each file, by its name.
        self.files = {}
        # The files that answer for a symbol, by the symbol's first three parts.
        self.symbols = {}
        self._add(file_of(HONEST_FILE, "Word", "Honest", [("Say", "Word")]))
        tell = {
            "cycle": self._tell_cycle,
            "missing-import": self._tell_missing_import,
            "huge": self._tell_huge,
            "garbage": self._tell_garbage,
        }.get(mode)
        if tell:
            tell()
        self.services = [
            symbol for symbol in self.symbols if symbol.split(".")[-1] in SERVICES
        ]

    def _add(self, file):
        self.files[file.name] = file.SerializeToString()
        for symbol in [*file.message_type, *file.service]:
            self.symbols[f"liar.v1.{symbol.name}"] = file.name

    def _tell_cycle(self):
        other = "liar/v1/other.proto"
        self._add(file_of(LIAR_FILE, "Lie", "Liar", [("Tell", "Other")], [other]))
        self._add(file_of(other, "Other", None, [], [LIAR_FILE]))

    def _tell_missing_import(self):
        methods = [("Tell", "Lie"), ("Hide", "Gone")]
        self._add(file_of(LIAR_FILE, "Lie", "Liar", methods, ["liar/v1/gone.proto"]))

    def _tell_huge(self):
        methods = [(f"Method{number:05}", "Lie") for number in range(HUGE_METHODS)]
        self._add(file_of("liar/v1/huge.proto", "Lie", "Huge", methods))

    def _tell_garbage(self):
        self.files[LIAR_FILE] = GARBAGE
        self.symbols["liar.v1.Liar"] = LIAR_FILE

    def answer(self, request):
        """The answer to one question of reflection."""
        response = reflection_pb2.ServerReflectionResponse(
            valid_host=request.host, original_request=request
        )
        question = request.WhichOneof("message_request")
        if question == "list_services":
            for service in self.services:
                response.list_services_response.service.add(name=service)
            return response
        if question == "file_by_filename":
            name = request.file_by_filename
        elif question == "file_containing_symbol":
            symbol = ".".join(request.file_containing_symbol.split(".")[:3])
            name = self.symbols.get(symbol)
        else:
            name = None
        if name in self.files:
            files = response.file_descriptor_response.file_descriptor_proto
            files.append(self.files[name])
        else:
            response.error_response.error_code = grpc.StatusCode.NOT_FOUND.value[0]
            response.error_response.error_message = "not found"
        return response


class Handlers(grpc.GenericRpcHandler):
    """Answers reflection by `mode`, and every method of liar.v1."""

    def __init__(self, mode):
        versions = ["v1alpha"] if mode == "v1alpha-only" else ["v1", "v1alpha"]
        self.reflection_methods = [REFLECTION_METHODS[version] for version in versions]
        self.slow = mode == "slow"
        self.lies = Lies(mode)

    def service(self, details):
        if details.method in self.reflection_methods:
            return grpc.stream_stream_rpc_method_handler(
                self._reflect,
                request_deserializer=reflection_pb2.ServerReflectionRequest.FromString,
                response_serializer=reflection_pb2.ServerReflectionResponse.SerializeToString,
            )
        if details.method.startswith("/liar.v1."):
            # Without serializers, handlers see bytes.
            return grpc.unary_unary_rpc_method_handler(self._echo)
        return None

    async def _reflect(self, requests, context):
        async for request in requests:
            if self.slow:
                await asyncio.Event().wait()
            yield self.lies.answer(request)

    async def _echo(self, request, context):
        return request


async def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    process.add_arguments(parser)
    parser.add_argument(
        "--mode",
        required=True,
        choices=["cycle", "missing-import", "huge", "garbage", "slow", "v1alpha-only"],
    )
    arguments = parser.parse_args()
    server = grpc.aio.server(options=process.SERVER_OPTIONS)
    server.add_generic_rpc_handlers([Handlers(arguments.mode)])
    await process.add_health(server, arguments.health, [])
    await process.serve(server, arguments.port, arguments.exit_with_parent)


if __name__ == "__main__":
    asyncio.run(main())
