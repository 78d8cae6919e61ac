"""Prints the canonical JSON of each fixture, as protobuf for Python makes it.

One line per fixture, in the order of their names: {"name":...,"json":...}, or
{"name":...,"error":...} where the fixture is refused.
"""

import json
import sys
from pathlib import Path

import process

process.use_generated_code()

from google.protobuf import json_format  # noqa: E402
from zoo.v1 import zoo_pb2  # noqa: E402


def main():
    directory = Path(sys.argv[1]) if len(sys.argv) > 1 else process.FIXTURES
    for path in sorted(directory.glob("*.json")):
        line = {"name": path.stem}
        try:
            message = json_format.Parse(path.read_text("utf-8"), zoo_pb2.Everything())
            # Through the wire, as a call would take it.
            message = zoo_pb2.Everything.FromString(message.SerializeToString())
            line["json"] = json.loads(json_format.MessageToJson(message))
        except (json_format.ParseError, ValueError, TypeError) as error:
            line["error"] = str(error)
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
