// Calls zoo.v1 at TARGET with @grpc/grpc-js and compiled schemas.
//
// Prints each message as canonical JSON on a line of its own. A failed call prints
// {"code":...,"message":...,"details":[type URLs]} and exits with 1.

import { parseArgs } from "node:util";

import { create, fromJsonString, toJson, toJsonString } from "@bufbuild/protobuf";
import { EmptySchema } from "@bufbuild/protobuf/wkt";
import { Metadata, credentials, makeClientConstructor, status } from "@grpc/grpc-js";

import * as pb from "./generated/zoo/v1/zoo_pb.js";
import {
  MAX_MESSAGE_BYTES,
  keeperDefinition,
  metadataLists,
  registry,
  statusOf,
  zooDefinition,
} from "./zoo.js";

const USAGE = `client.js TARGET [--token TOKEN] [--service NAME] [--header KEY:VALUE] [--timeout-ms MS] COMMAND [ARGUMENT]...
commands: echo JSON | count N [DELAY_MS] | sum 1,2,3 | chat a,b,c | fail CODE [plain] | fail-stream CODE N |
          headers | sleep MS | big BYTES | flaky KEY N | tally`;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    token: { type: "string" },
    service: { type: "string" },
    header: { type: "string", multiple: true, default: [] },
    "timeout-ms": { type: "string", default: "20000" },
  },
});
const [target, command, ...args] = positionals;

const metadata = new Metadata();
if (options.token) metadata.add("authorization", `Bearer ${options.token}`);
if (options.service) metadata.add("micro-service", options.service);
for (const header of options.header) {
  const [, key, value] = /^\s*([^:]+?)\s*:\s*(.*?)\s*$/.exec(header);
  metadata.add(key, key.endsWith("-bin") ? Buffer.from(value, "base64") : value);
}
const callOptions = { deadline: Date.now() + Number(options["timeout-ms"]) };
const channelOptions = {
  "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
  "grpc.enable_retries": 0,
};

const connect = (definition) =>
  new (makeClientConstructor(definition, "zoo"))(
    target,
    credentials.createInsecure(),
    channelOptions,
  );

function print(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

function printMessage(schema, message) {
  process.stdout.write(`${toJsonString(schema, message, { registry })}\n`);
}

/** Calls a method that returns one message: `start` begins it with a callback. */
function unary(start) {
  return new Promise((resolve, reject) => {
    const received = {};
    const call = start((error, reply) => {
      if (error) reject(error);
      // The trailers come after the callback.
      else call.once("status", () => resolve({ reply, ...received }));
    });
    call.on("metadata", (initial) => (received.initial = initial));
    call.on("status", ({ metadata: trailing }) => (received.trailing = trailing));
  });
}

async function printUnary(schema, start) {
  printMessage(schema, (await unary(start)).reply);
}

async function printStream(schema, call) {
  for await (const message of call) printMessage(schema, message);
}

const split = (text) => (text ? text.split(",") : []);

function failRequest(code, withDetails, afterMessages) {
  return create(pb.FailRequestSchema, {
    code: status[code] === undefined || /^\d+$/.test(code) ? Number(code) : status[code],
    message: `failing with ${code}`,
    withDetails,
    afterMessages,
  });
}

const commands = {
  echo(zoo, text) {
    const request = fromJsonString(pb.EverythingSchema, text, { registry });
    return printUnary(pb.EverythingSchema, (done) => zoo.Echo(request, metadata, callOptions, done));
  },

  count(zoo, to, delayMs = "0") {
    const request = create(pb.CountRequestSchema, { to: Number(to), delayMs: Number(delayMs) });
    return printStream(pb.CountReplySchema, zoo.Count(request, metadata, callOptions));
  },

  sum(zoo, values) {
    return printUnary(pb.SumReplySchema, (done) => {
      const call = zoo.Sum(metadata, callOptions, done);
      for (const value of split(values)) {
        call.write(create(pb.SumRequestSchema, { value: BigInt(value) }));
      }
      call.end();
      return call;
    });
  },

  chat(zoo, texts) {
    const call = zoo.Chat(metadata, callOptions);
    for (const text of split(texts)) call.write(create(pb.ChatMessageSchema, { text }));
    call.end();
    return printStream(pb.ChatMessageSchema, call);
  },

  fail(zoo, code, plain) {
    const request = failRequest(code, plain !== "plain", 0);
    return printUnary(EmptySchema, (done) => zoo.Fail(request, metadata, callOptions, done));
  },

  "fail-stream"(zoo, code, afterMessages) {
    const request = failRequest(code, true, Number(afterMessages));
    return printStream(pb.CountReplySchema, zoo.FailStream(request, metadata, callOptions));
  },

  async headers(zoo) {
    const request = create(EmptySchema);
    const { reply, initial, trailing } = await unary((done) =>
      zoo.Headers(request, metadata, callOptions, done),
    );
    print({
      reply: toJson(pb.HeadersReplySchema, reply),
      initial: metadataLists(initial),
      trailing: metadataLists(trailing),
    });
  },

  sleep(zoo, ms) {
    const request = create(pb.SleepRequestSchema, { ms: Number(ms) });
    return printUnary(pb.SleepReplySchema, (done) =>
      zoo.Sleep(request, metadata, callOptions, done),
    );
  },

  async big(zoo, bytes) {
    const request = create(pb.BigRequestSchema, { bytes: Number(bytes) });
    const { reply } = await unary((done) => zoo.Big(request, metadata, callOptions, done));
    print({ bytes: reply.payload.length });
  },

  flaky(zoo, key, failures) {
    const request = create(pb.FlakyRequestSchema, { key, failures: Number(failures) });
    return printUnary(pb.FlakyReplySchema, (done) =>
      zoo.Flaky(request, metadata, callOptions, done),
    );
  },

  tally() {
    const request = create(pb.TallyRequestSchema);
    return printUnary(pb.TallyReplySchema, (done) =>
      connect(keeperDefinition).Tally(request, metadata, callOptions, done),
    );
  },
};

async function main() {
  if (!target || !Object.hasOwn(commands, command ?? "")) {
    console.error(USAGE);
    return 2;
  }
  try {
    await commands[command](connect(zooDefinition), ...args);
    return 0;
  } catch (error) {
    if (typeof error.code !== "number") throw error;
    print({
      code: status[error.code] ?? String(error.code),
      message: error.details,
      details: statusOf(error.metadata)?.details.map((detail) => detail.typeUrl) ?? [],
    });
    return 1;
  }
}

// Open connections would keep the process alive.
process.exit(await main());
