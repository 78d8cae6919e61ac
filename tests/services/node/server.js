// Serves zoo.v1 with @grpc/grpc-js and health, without reflection: whoever wants
// to know its methods needs the descriptor set that setup.sh writes.

import { parseArgs } from "node:util";
import { setTimeout as wait } from "node:timers/promises";

import { create } from "@bufbuild/protobuf";
import { EmptySchema, anyPack } from "@bufbuild/protobuf/wkt";
import { Metadata, Server, ServerCredentials, status } from "@grpc/grpc-js";
import { HealthImplementation } from "grpc-health-check";

import { BadRequestSchema, ErrorInfoSchema } from "./generated/google/rpc/error_details_pb.js";
import {
  BigReplySchema,
  ChatMessageSchema,
  CountReplySchema,
  FlakyReplySchema,
  HeadersReplySchema,
  RefusalSchema,
  SleepReplySchema,
  SumReplySchema,
  TallyReplySchema,
} from "./generated/zoo/v1/zoo_pb.js";
import {
  MAX_MESSAGE_BYTES,
  STATUS_DETAILS_KEY,
  keeperDefinition,
  metadataLists,
  statusBytes,
  zooDefinition,
} from "./zoo.js";

const STOP_GRACE_MS = 1000;
// The same in every language, so that answers can be compared.
const BINARY_HEADER = Buffer.from([0, 1, 2, 253, 254, 255]);

const { values: options } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    "version-label": { type: "string", default: "" },
    health: { type: "string", default: "serving" },
    "exit-with-parent": { type: "boolean", default: false },
    // Accepted because the other servers take it; there is never any.
    "no-reflection": { type: "boolean", default: false },
  },
});

const calls = {};
const cancelled = {};
const attempts = new Map();

function increment(counts, name) {
  counts[name] = (counts[name] ?? 0n) + 1n;
}

/** A handler that counts its calls, and that fails when `method` rejects. */
function counted(name, method) {
  return (call, callback) => {
    increment(calls, name);
    // The event also comes once an answered call's stream closes.
    let answered = false;
    call.once("cancelled", () => answered || increment(cancelled, name));
    const fail = (error) => (callback ? callback(error) : call.emit("error", error));
    const succeed = (reply) => (callback ? callback(null, ...[reply].flat()) : call.end());
    method(call)
      .finally(() => (answered = true))
      .then(succeed, fail);
  };
}

/** The error that `request` asks for; its details are the same in every language. */
function failure(request) {
  const code = status[request.code] === undefined ? status.UNKNOWN : request.code;
  const error = Object.assign(new Error(request.message), { code, details: request.message });
  if (request.withDetails) {
    const details = [
      anyPack(
        BadRequestSchema,
        create(BadRequestSchema, {
          fieldViolations: [{ field: "message", description: "this message always fails" }],
        }),
      ),
      anyPack(
        ErrorInfoSchema,
        create(ErrorInfoSchema, {
          reason: "ASKED_TO_FAIL",
          domain: "zoo.example",
          metadata: { code: String(request.code) },
        }),
      ),
      anyPack(
        RefusalSchema,
        create(RefusalSchema, {
          reason: request.message,
          retryable: code === status.UNAVAILABLE,
        }),
      ),
    ];
    error.metadata = new Metadata();
    error.metadata.set(STATUS_DETAILS_KEY, statusBytes(code, request.message, details));
  }
  return error;
}

/** Sends a message, and waits while the stream's buffer is full. */
async function send(call, message) {
  if (!call.write(message) && !call.cancelled) {
    await new Promise((resolve) => {
      call.once("drain", resolve);
      call.once("cancelled", resolve);
    });
  }
}

const zoo = {
  async Echo(call) {
    return call.request;
  },

  async Count(call) {
    const { to, delayMs } = call.request;
    for (let number = 1; number <= to && !call.cancelled; number += 1) {
      if (delayMs > 0) await wait(delayMs);
      await send(call, create(CountReplySchema, { number }));
    }
  },

  async Sum(call) {
    const reply = create(SumReplySchema);
    for await (const request of call) {
      reply.sum = BigInt.asIntN(64, reply.sum + request.value);
      reply.count += 1;
    }
    return reply;
  },

  async Chat(call) {
    let sequence = 0;
    // Iterating the call itself would close its sending side at the end.
    for await (const request of call.iterator({ destroyOnReturn: false })) {
      sequence += 1;
      await send(call, create(ChatMessageSchema, { text: `re: ${request.text}`, sequence }));
    }
  },

  async Fail(call) {
    if (call.request.code !== 0) throw failure(call.request);
    return create(EmptySchema);
  },

  async FailStream(call) {
    for (let number = 1; number <= call.request.afterMessages && !call.cancelled; number += 1) {
      await send(call, create(CountReplySchema, { number }));
    }
    if (call.request.code !== 0) throw failure(call.request);
  },

  async Headers(call) {
    const initial = new Metadata();
    initial.set("x-zoo-header", "header");
    initial.set("x-zoo-bin", BINARY_HEADER);
    call.sendMetadata(initial);
    const trailing = new Metadata();
    trailing.set("x-zoo-trailer", "trailer");
    const headers = Object.fromEntries(
      Object.entries(metadataLists(call.metadata)).map(([key, values]) => [key, { values }]),
    );
    const versionLabel = options["version-label"];
    return [create(HeadersReplySchema, { headers, versionLabel }), trailing];
  },

  async Sleep(call) {
    const { ms } = call.request;
    const reply = create(SleepReplySchema, { sleptMs: ms });
    const deadline = Number(call.getDeadline());
    if (Number.isFinite(deadline)) reply.deadlineRemainingMs = BigInt(deadline - Date.now());
    await wait(ms);
    return reply;
  },

  async Big(call) {
    return create(BigReplySchema, { payload: Buffer.alloc(Math.max(call.request.bytes, 0), "z") });
  },

  async Flaky(call) {
    const { key, failures } = call.request;
    const attempt = (attempts.get(key) ?? 0) + 1;
    attempts.set(key, attempt);
    if (attempt <= failures) {
      throw { code: status.UNAVAILABLE, details: `attempt ${attempt} fails` };
    }
    return create(FlakyReplySchema, { attempt });
  },

  async OldEcho(call) {
    return call.request;
  },
};

const keeper = {
  async Tally() {
    return create(TallyReplySchema, {
      versionLabel: options["version-label"],
      language: "node",
      processId: BigInt(process.pid),
      calls,
      cancelled,
    });
  },
};

function handlers(methods) {
  return Object.fromEntries(
    Object.entries(methods).map(([name, method]) => [name, counted(name, method)]),
  );
}

function addHealth(server) {
  if (options.health === "none") return;
  const says = { serving: "SERVING", "not-serving": "NOT_SERVING" }[options.health];
  if (says === undefined) throw new Error(`unknown --health ${options.health}`);
  new HealthImplementation({ "": says, "zoo.v1.Zoo": says, "zoo.v1.Keeper": says }).addToServer(
    server,
  );
}

const server = new Server({
  "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
  "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
});
server.addService(zooDefinition, handlers(zoo));
server.addService(keeperDefinition, handlers(keeper));
addHealth(server);

function stop() {
  // Calls that outlive the grace are cut off.
  setTimeout(() => process.exit(0), STOP_GRACE_MS).unref();
  server.tryShutdown(() => process.exit(0));
}

server.bindAsync(
  `127.0.0.1:${options.port}`,
  ServerCredentials.createInsecure(),
  (error, port) => {
    if (error) throw error;
    process.on("SIGTERM", stop);
    process.on("SIGINT", stop);
    if (options["exit-with-parent"]) process.stdin.on("end", stop).resume();
    process.stdout.write(`{"port":${port}}\n`);
  },
);
