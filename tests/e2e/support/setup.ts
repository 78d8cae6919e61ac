// Starts a server for each worker and a service that has every type, and signs browsers in.

import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import type { FullConfig } from "@playwright/test";

import { environment, micro, start, type Started } from "./process.js";
import { signIn } from "./session.js";
import { announce, type World } from "./world.js";

const ROOT = path.resolve(import.meta.dirname, "../../..");
const RESULTS = path.join(ROOT, "tests/e2e/results");
const SERVICES = path.join(ROOT, "tests/services");
const DESCRIPTORS = path.join(SERVICES, "generated/zoo.binpb");

interface Ready {
  url: string;
  sign_in: string;
}

export default async function setup({ workers }: FullConfig): Promise<() => Promise<void>> {
  const folder = await mkdtemp(path.join(tmpdir(), "micro-e2e-"));
  const logs: string[] = [];
  const running: Started<unknown>[] = [];
  const stop = async () => {
    for (const started of running.reverse()) await started.stop();
    await rm(folder, { recursive: true, force: true });
  };
  const finish = async () => {
    await stop();
    for (const log of logs) {
      const panics = (await readFile(log, "utf8")).split("\n").filter((line) => line.includes("panicked at"));
      if (panics.length > 0) throw new Error(`the server panicked, see ${log}:\n${panics.join("\n")}`);
    }
  };
  try {
    await mkdir(RESULTS, { recursive: true });
    const address = await zoo(running);
    const worlds: World[] = [];
    for (let worker = 0; worker < workers; worker += 1) {
      const own = path.join(folder, String(worker));
      logs.push(path.join(RESULTS, `server-${worker}.log`));
      worlds.push(await world(own, logs.at(-1)!, address, running));
    }
    announce(worlds);
    return finish;
  } catch (error) {
    await stop();
    throw error;
  }
}

/** One worker's server, with everything registered and a browser signed in. */
async function world(folder: string, log: string, address: Zoo, running: Started<unknown>[]): Promise<World> {
  const config = path.join(folder, "config");
  await mkdir(config, { recursive: true });
  const program = process.env.MICRO_BIN || path.join(ROOT, "target/debug/micro");
  const listen = ["server", "--listen", "127.0.0.1:0", "--data", path.join(folder, "data"), "--output", "json"];
  const server = await start<Ready>([program, ...listen], { env: environment(config), log });
  running.push(server);
  const { url, sign_in } = server.ready;
  const zoo = address.missing ?? true;
  const made: World = { url, micro: program, config, signedIn: path.join(folder, "session.json"), zoo };
  if (address.at) {
    const described = ["--version", "1.0", "--descriptors", DESCRIPTORS];
    await micro(["register", "zoo", "--grpc", address.at, ...described], made);
  }
  await signIn(url, sign_in, made.signedIn);
  return made;
}

/** Where the service with every type is, or why it is not. */
interface Zoo {
  at?: string;
  missing?: string;
}

/** Starts the Node test service; says why where it is not set up. */
async function zoo(running: Started<unknown>[]): Promise<Zoo> {
  const needed = [DESCRIPTORS, path.join(SERVICES, "node/node_modules"), path.join(SERVICES, "node/generated")];
  const absent = needed.find((file) => !existsSync(file));
  if (absent) {
    const missing = `${path.relative(ROOT, absent)} is missing: run tests/services/setup.sh`;
    if (process.env.CI) throw new Error(missing);
    console.error(`SKIPPED: tests with every type: ${missing}`);
    return { missing };
  }
  const server = [process.execPath, path.join(SERVICES, "node/server.js"), "--exit-with-parent"];
  const service = await start<{ port: number }>([...server, "--version-label", "1.0"]);
  running.push(service);
  return { at: `127.0.0.1:${service.ready.port}` };
}
