"""Calls zoo.v1 at TARGET with grpcio and compiled stubs.

Prints each message as canonical JSON on a line of its own. A failed call prints
{"code":...,"message":...,"details":[type URLs]} and exits with 1.
"""

import argparse
import base64
import itertools
import json
import sys

import grpc

import process

process.use_generated_code()

from google.protobuf import empty_pb2, json_format  # noqa: E402
from grpc_status import rpc_status  # noqa: E402
from zoo.v1 import zoo_pb2, zoo_pb2_grpc  # noqa: E402

COMMANDS = """commands:
  echo JSON              Zoo.Echo
  count N [DELAY_MS]     Zoo.Count
  sum 1,2,3              Zoo.Sum
  chat a,b,c             Zoo.Chat
  fail CODE [plain]      Zoo.Fail with details, unless plain; CODE is a name or a number
  fail-stream CODE N     Zoo.FailStream after N messages
  headers                Zoo.Headers: {"reply":...,"initial":...,"trailing":...}
  sleep MS               Zoo.Sleep
  big BYTES              Zoo.Big: {"bytes":N} in place of the payload
  flaky KEY N            Zoo.Flaky
  tally                  Keeper.Tally
"""
CODES = {code.name: code.value[0] for code in grpc.StatusCode}
CHANNEL_OPTIONS = [
    ("grpc.max_receive_message_length", process.MAX_MESSAGE_BYTES),
    ("grpc.enable_retries", 0),
]


def print_message(message):
    """Prints a message as canonical JSON on one line."""
    # Only the indentation differs from the defaults.
    print(json_format.MessageToJson(message, indent=None), flush=True)


def metadata_lists(metadata):
    """Metadata as a map of lists, binary values in base64."""
    lists = {}
    for key, value in metadata or ():
        if isinstance(value, bytes):
            value = base64.b64encode(value).decode()
        lists.setdefault(key, []).append(value)
    return lists


class Caller:
    """Runs the commands through one channel."""

    def __init__(self, channel, metadata, timeout_seconds):
        self.zoo = zoo_pb2_grpc.ZooStub(channel)
        self.keeper = zoo_pb2_grpc.KeeperStub(channel)
        self.call = {"metadata": metadata, "timeout": timeout_seconds}

    def echo(self, text):
        request = json_format.Parse(text, zoo_pb2.Everything())
        print_message(self.zoo.Echo(request, **self.call))

    def count(self, to, delay_ms="0"):
        request = zoo_pb2.CountRequest(to=int(to), delay_ms=int(delay_ms))
        for reply in self.zoo.Count(request, **self.call):
            print_message(reply)

    def sum(self, values):
        requests = [zoo_pb2.SumRequest(value=int(v)) for v in split(values)]
        print_message(self.zoo.Sum(iter(requests), **self.call))

    def chat(self, texts):
        requests = [zoo_pb2.ChatMessage(text=text) for text in split(texts)]
        for reply in self.zoo.Chat(iter(requests), **self.call):
            print_message(reply)

    def fail(self, code, plain=""):
        request = fail_request(code, with_details=plain != "plain")
        print_message(self.zoo.Fail(request, **self.call))

    def fail_stream(self, code, after_messages):
        request = fail_request(code, after_messages=int(after_messages))
        for reply in self.zoo.FailStream(request, **self.call):
            print_message(reply)

    def headers(self):
        reply, call = self.zoo.Headers.with_call(empty_pb2.Empty(), **self.call)
        answer = {
            "reply": json_format.MessageToDict(reply),
            "initial": metadata_lists(call.initial_metadata()),
            "trailing": metadata_lists(call.trailing_metadata()),
        }
        print(json.dumps(answer), flush=True)

    def sleep(self, ms):
        print_message(self.zoo.Sleep(zoo_pb2.SleepRequest(ms=int(ms)), **self.call))

    def big(self, size):
        reply = self.zoo.Big(zoo_pb2.BigRequest(bytes=int(size)), **self.call)
        print(json.dumps({"bytes": len(reply.payload)}), flush=True)

    def flaky(self, key, failures):
        request = zoo_pb2.FlakyRequest(key=key, failures=int(failures))
        print_message(self.zoo.Flaky(request, **self.call))

    def tally(self):
        print_message(self.keeper.Tally(zoo_pb2.TallyRequest(), **self.call))


def split(text):
    return text.split(",") if text else []


def fail_request(code, with_details=True, after_messages=0):
    number = CODES[code] if code in CODES else int(code)
    return zoo_pb2.FailRequest(
        code=number,
        message=f"failing with {code}",
        with_details=with_details,
        after_messages=after_messages,
    )


def print_error(error):
    """Prints a gRPC error as JSON on one line."""
    status = rpc_status.from_call(error)
    answer = {
        "code": error.code().name,
        "message": error.details(),
        "details": [detail.type_url for detail in status.details] if status else [],
    }
    print(json.dumps(answer), flush=True)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=COMMANDS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("target", metavar="TARGET", help="HOST:PORT")
    parser.add_argument("--token", help="sent as a bearer token")
    parser.add_argument("--service", help="sent as micro-service")
    parser.add_argument("--header", action="append", default=[], help="KEY:VALUE")
    parser.add_argument("--timeout-ms", type=int, default=20_000)
    parser.add_argument("command", help="see below")
    parser.add_argument("argument", nargs="*")
    arguments = parser.parse_args()

    metadata = []
    if arguments.token:
        metadata.append(("authorization", f"Bearer {arguments.token}"))
    if arguments.service:
        metadata.append(("micro-service", arguments.service))
    for header in arguments.header:
        key, value = header.split(":", 1)
        key, value = key.strip().lower(), value.strip()
        metadata.append((key, base64.b64decode(value) if key.endswith("-bin") else value))

    names = [line.split()[0] for line in itertools.islice(COMMANDS.splitlines(), 1, None)]
    if arguments.command not in names:
        parser.error(f"unknown command {arguments.command}")
    with grpc.insecure_channel(arguments.target, options=CHANNEL_OPTIONS) as channel:
        caller = Caller(channel, metadata, arguments.timeout_ms / 1000)
        try:
            getattr(caller, arguments.command.replace("-", "_"))(*arguments.argument)
        except grpc.RpcError as error:
            print_error(error)
            sys.exit(1)


if __name__ == "__main__":
    main()
