"""What Slack's own Python library says of what the bot sends.

    slack.py PAYLOADS

PAYLOADS is a file of JSON: a list of {"name", "kind", "payload"}, where kind is "message", "view", "options" or "call"
(then "method" names it). Prints one line of JSON: a list of {"name", "complaints"}, one entry for each payload.

The library's models refuse what is too long when they are turned back into JSON. What they do not know they drop and
only warn of, so warnings count, and what comes out is compared with what went in.
"""

import inspect
import json
import logging
import sys

from slack_sdk import WebClient
from slack_sdk.errors import SlackClientError
from slack_sdk.models.blocks import Block, Option
from slack_sdk.models.views import View
from slack_sdk.webhook import WebhookClient

# Whatever has one of these is a message.
MESSAGE_ARGUMENTS = {"text", "blocks", "attachments"}


class Warned(logging.Handler):
    """Keeps what the library logs."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage())


def differences(sent, understood, path):
    """Where the library's JSON is not what was sent; what says nothing may be left out."""
    if isinstance(sent, dict) and isinstance(understood, dict):
        for key in sorted(sent.keys() | understood.keys()):
            yield from differences(sent.get(key), understood.get(key), f"{path}.{key}")
    elif isinstance(sent, list) and isinstance(understood, list) and len(sent) == len(understood):
        for at, (one, other) in enumerate(zip(sent, understood)):
            yield from differences(one, other, f"{path}[{at}]")
    elif sent != understood and (sent or understood):
        yield f"{path}: sent {sent!r}, understood as {understood!r}"


def check_blocks(blocks, path):
    if not isinstance(blocks, list):
        yield f"{path} is no list"
        return
    for at, (sent, block) in enumerate(zip(blocks, Block.parse_all(blocks))):
        where = f"{path}[{at}]"
        if block is None:
            yield f"{where}: unknown block {sent.get('type')!r}"
            continue
        try:
            yield from differences(sent, block.to_dict(), where)
        except SlackClientError as error:
            yield f"{where}: {error}"


def check_message(message):
    yield from check_blocks(message.get("blocks", []), "blocks")
    text = message.get("text")
    if not isinstance(text, str) or not text:
        # The library warns of it only when it sends.
        yield "text: there is none, so notifications and screen readers have nothing"


def check_view(view):
    yield from check_blocks(view.get("blocks", []), "blocks")
    try:
        understood = View(**view).to_dict()
    except SlackClientError as error:
        yield f"view: {error}"
        return
    # Slack fills in what identifies it; "state" has a model that knows less than there is.
    sent = {key: value for key, value in view.items() if key not in ("blocks", "state")}
    understood = {key: value for key, value in understood.items() if key not in ("blocks", "state")}
    yield from differences(sent, understood, "view")


def check_options(answer):
    """An answer with options has no model, but is what a menu holds; there may be none."""
    if answer == {"options": []}:
        return
    menu = {"type": "static_select", "action_id": "menu", **answer}
    yield from check_blocks([{"type": "actions", "elements": [menu]}], "menu")
    # The menu's model takes its options as they are.
    options = answer["options"]
    for at, (sent, option) in enumerate(zip(options, Option.parse_all(options))):
        where = f"options[{at}]"
        try:
            yield from differences(sent, option.to_dict("block"), where)
        except SlackClientError as error:
            yield f"{where}: {error}"


def check_call(method, arguments):
    """A method that the library knows, with arguments that it names."""
    if method == "response_url":
        known = WebhookClient.send
    else:
        known = getattr(WebClient, method.replace(".", "_"), None)
    if known is None:
        yield f"unknown method {method}"
        return
    named = inspect.signature(known).parameters
    for argument in sorted(arguments.keys() - named.keys()):
        yield f"{method} has no argument {argument}"
    if arguments.get("delete_original") is True:
        return
    if "view" in arguments:
        yield from check_view(arguments["view"])
    elif arguments.keys() & MESSAGE_ARGUMENTS:
        yield from check_message(arguments)


def check(entry, warned):
    warned.lines.clear()
    kind, payload = entry["kind"], entry["payload"]
    try:
        if kind == "message":
            complaints = list(check_message(payload))
        elif kind == "view":
            complaints = list(check_view(payload))
        elif kind == "options":
            complaints = list(check_options(payload))
        elif kind == "call":
            complaints = list(check_call(entry["method"], payload))
        else:
            raise SystemExit(f"no such kind: {kind}")
    # A wrong shape surprises the models in many ways; all of them mean that the payload is not what they know.
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        complaints = [f"{type(error).__name__}: {error}"]
    return {"name": entry["name"], "complaints": complaints + warned.lines}


def main():
    warned = Warned()
    logging.getLogger("slack_sdk").addHandler(warned)
    logging.getLogger("slack_sdk").propagate = False
    with open(sys.argv[1], encoding="utf-8") as file:
        entries = json.load(file)
    print(json.dumps([check(entry, warned) for entry in entries]))


main()
