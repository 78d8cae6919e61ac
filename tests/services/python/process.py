"""What every server here shares: its ready line, its end, its health."""

import asyncio
import json
import os
import signal
import sys
import threading
from pathlib import Path

from grpc_health.v1 import health, health_pb2, health_pb2_grpc

GENERATED = Path(__file__).resolve().parent / "generated"
FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
MAX_MESSAGE_BYTES = 64 * 1024 * 1024
# Two servers must never share a port unnoticed.
SERVER_OPTIONS = [
    ("grpc.so_reuseport", 0),
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
]
STOP_GRACE_SECONDS = 1


def use_generated_code():
    """Makes the code generated from the protos importable."""
    if not GENERATED.is_dir():
        sys.exit(f"{GENERATED} is missing: run tests/services/setup.sh first")
    sys.path.insert(0, str(GENERATED))


def add_arguments(parser):
    """Adds the arguments that every server takes."""
    parser.add_argument("--port", type=int, default=0, help="0 picks a free port")
    parser.add_argument("--version-label", default="", help="reported by Keeper.Tally")
    parser.add_argument(
        "--health",
        choices=["serving", "not-serving", "none"],
        default="serving",
        help="what the health service says; none leaves it out",
    )
    parser.add_argument(
        "--exit-with-parent",
        action="store_true",
        help="exit when standard input reaches its end",
    )


async def add_health(server, choice, services):
    """Adds a health service that says `choice` for the server and `services`."""
    if choice == "none":
        return
    status = {
        "serving": health_pb2.HealthCheckResponse.SERVING,
        "not-serving": health_pb2.HealthCheckResponse.NOT_SERVING,
    }[choice]
    servicer = health.aio.HealthServicer()
    for service in ["", *services]:
        await servicer.set(service, status)
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)


async def serve(server, port, exit_with_parent):
    """Starts `server`, prints the ready line, and serves until told to stop."""
    bound = server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    if exit_with_parent:
        _stop_at_end_of_input(loop, stopped)
    print(json.dumps({"port": bound}, separators=(",", ":")), flush=True)
    await stopped.wait()
    await server.stop(STOP_GRACE_SECONDS)


def _stop_at_end_of_input(loop, stopped):
    # Reads the descriptor itself: a daemon thread inside sys.stdin's lock would
    # abort the interpreter when it exits.
    def read_to_end():
        while os.read(0, 4096):
            pass
        loop.call_soon_threadsafe(stopped.set)

    threading.Thread(target=read_to_end, daemon=True).start()
