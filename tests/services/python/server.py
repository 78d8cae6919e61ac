"""Serves zoo.v1 with grpcio, reflection (v1alpha) and health."""

import argparse
import asyncio
import base64
import collections
import functools
import os

import grpc
from grpc_reflection.v1alpha import reflection

import process

process.use_generated_code()

from google.protobuf import empty_pb2  # noqa: E402
from google.rpc import error_details_pb2, status_pb2  # noqa: E402
from grpc_status import rpc_status  # noqa: E402
from zoo.v1 import zoo_pb2, zoo_pb2_grpc  # noqa: E402

CANCEL_GRACE_SECONDS = 0.05
SERVICES = ["zoo.v1.Zoo", "zoo.v1.Keeper"]
CODES = {code.value[0]: code for code in grpc.StatusCode}
# The same in every language, so that answers can be compared.
BINARY_HEADER = bytes([0, 1, 2, 253, 254, 255])


class Tally:
    """Calls seen by this process, by method."""

    def __init__(self):
        self.calls = collections.Counter()
        self.cancelled = collections.Counter()


def begin(tally, method, context):
    """Counts a call that has arrived, and its cancellation should it come."""
    tally.calls[method] += 1

    def count_cancelled(ended):
        # Also where the method itself never noticed.
        if not ended.done():
            tally.cancelled[method] += 1

    context.add_done_callback(count_cancelled)


def counted_unary(method):
    """Counts the calls of a method that returns one message."""

    @functools.wraps(method)
    async def wrapper(self, request, context):
        begin(self.tally, method.__name__, context)
        return await method(self, request, context)

    return wrapper


def counted_stream(method):
    """Counts the calls of a method that returns a stream."""

    @functools.wraps(method)
    async def wrapper(self, request, context):
        begin(self.tally, method.__name__, context)
        async for reply in method(self, request, context):
            yield reply

    return wrapper


async def messages_of(requests):
    """The messages of the caller, until it finishes or cancels."""
    async for request in requests:
        yield request
    # To grpcio, the messages of a cancelled call just end; that it was cancelled
    # follows, and ends the method here rather than as if the caller had finished.
    await asyncio.sleep(CANCEL_GRACE_SECONDS)


async def fail(request, context):
    """Fails the call as `request` asks; returns if its code is 0."""
    if request.code == 0:
        return
    code = CODES.get(request.code, grpc.StatusCode.UNKNOWN)
    if not request.with_details:
        await context.abort(code, request.message)
    status = status_pb2.Status(code=code.value[0], message=request.message)
    for detail in failure_details(request):
        status.details.add().Pack(detail)
    await context.abort_with_status(rpc_status.to_status(status))


def failure_details(request):
    """The details of a failure, the same in every language."""
    bad_request = error_details_pb2.BadRequest()
    bad_request.field_violations.add(
        field="message", description="this message always fails"
    )
    return [
        bad_request,
        error_details_pb2.ErrorInfo(
            reason="ASKED_TO_FAIL",
            domain="zoo.example",
            metadata={"code": str(request.code)},
        ),
        zoo_pb2.Refusal(reason=request.message, retryable=request.code == 14),
    ]


class Zoo(zoo_pb2_grpc.ZooServicer):
    def __init__(self, tally, version_label):
        self.tally = tally
        self.version_label = version_label
        self.attempts = collections.Counter()

    @counted_unary
    async def Echo(self, request, context):
        return request

    @counted_stream
    async def Count(self, request, context):
        for number in range(1, request.to + 1):
            if request.delay_ms > 0:
                await asyncio.sleep(request.delay_ms / 1000)
            yield zoo_pb2.CountReply(number=number)

    @counted_unary
    async def Sum(self, requests, context):
        reply = zoo_pb2.SumReply()
        async for request in messages_of(requests):
            reply.sum += request.value
            reply.count += 1
        return reply

    @counted_stream
    async def Chat(self, requests, context):
        sequence = 0
        async for request in messages_of(requests):
            sequence += 1
            yield zoo_pb2.ChatMessage(text=f"re: {request.text}", sequence=sequence)

    @counted_unary
    async def Fail(self, request, context):
        await fail(request, context)
        return empty_pb2.Empty()

    @counted_stream
    async def FailStream(self, request, context):
        for number in range(1, request.after_messages + 1):
            yield zoo_pb2.CountReply(number=number)
        await fail(request, context)

    @counted_unary
    async def Headers(self, request, context):
        await context.send_initial_metadata(
            [("x-zoo-header", "header"), ("x-zoo-bin", BINARY_HEADER)]
        )
        context.set_trailing_metadata([("x-zoo-trailer", "trailer")])
        reply = zoo_pb2.HeadersReply(version_label=self.version_label)
        for key, value in context.invocation_metadata():
            if isinstance(value, bytes):
                value = base64.b64encode(value).decode()
            reply.headers[key].values.append(value)
        return reply

    @counted_unary
    async def Sleep(self, request, context):
        remaining = context.time_remaining()
        await asyncio.sleep(request.ms / 1000)
        reply = zoo_pb2.SleepReply(slept_ms=request.ms)
        if remaining is not None:
            reply.deadline_remaining_ms = int(remaining * 1000)
        return reply

    @counted_unary
    async def Big(self, request, context):
        return zoo_pb2.BigReply(payload=b"z" * request.bytes)

    @counted_unary
    async def Flaky(self, request, context):
        self.attempts[request.key] += 1
        attempt = self.attempts[request.key]
        if attempt <= request.failures:
            await context.abort(
                grpc.StatusCode.UNAVAILABLE, f"attempt {attempt} fails"
            )
        return zoo_pb2.FlakyReply(attempt=attempt)

    @counted_unary
    async def OldEcho(self, request, context):
        return request


class Keeper(zoo_pb2_grpc.KeeperServicer):
    def __init__(self, tally, version_label):
        self.tally = tally
        self.version_label = version_label

    @counted_unary
    async def Tally(self, request, context):
        return zoo_pb2.TallyReply(
            version_label=self.version_label,
            language="python",
            process_id=os.getpid(),
            calls=self.tally.calls,
            cancelled=self.tally.cancelled,
        )


async def main():
    parser = argparse.ArgumentParser(description=__doc__)
    process.add_arguments(parser)
    parser.add_argument("--no-reflection", action="store_true")
    parser.add_argument("--compress", action="store_true", help="compress every answer")
    arguments = parser.parse_args()

    compression = grpc.Compression.Gzip if arguments.compress else None
    server = grpc.aio.server(options=process.SERVER_OPTIONS, compression=compression)
    tally = Tally()
    zoo_pb2_grpc.add_ZooServicer_to_server(Zoo(tally, arguments.version_label), server)
    zoo_pb2_grpc.add_KeeperServicer_to_server(
        Keeper(tally, arguments.version_label), server
    )
    await process.add_health(server, arguments.health, SERVICES)
    if not arguments.no_reflection:
        names = [*SERVICES, reflection.SERVICE_NAME]
        if arguments.health != "none":
            names.append("grpc.health.v1.Health")
        reflection.enable_server_reflection(names, server)
    await process.serve(server, arguments.port, arguments.exit_with_parent)


if __name__ == "__main__":
    asyncio.run(main())
