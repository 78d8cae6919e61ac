// Starts the server that all tests use, with a service that has every type, and signs a browser in.

import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { environment, micro, start, type Started } from "./process.js";
import { signIn } from "./session.js";
import { announce, type World } from "./world.js";

const ROOT = path.resolve(import.meta.dirname, "../../..");
const RESULTS = path.join(ROOT, "tests/e2e/results");
const SERVICES = path.join(ROOT, "tests/services");

interface Ready {
  url: string;
  sign_in: string;
}

export default async function setup(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(path.join(tmpdir(), "micro-e2e-"));
  const log = path.join(RESULTS, "server.log");
  const running: Started<unknown>[] = [];
  const stop = async () => {
    for (const started of running.reverse()) await started.stop();
    await rm(folder, { recursive: true, force: true });
  };
  const finish = async () => {
    await stop();
    const panics = (await readFile(log, "utf8")).split("\n").filter((line) => line.includes("panicked at"));
    if (panics.length > 0) throw new Error(`the server panicked, see ${log}:\n${panics.join("\n")}`);
  };
  try {
    const config = path.join(folder, "config");
    await mkdir(config);
    const program = process.env.MICRO_BIN || path.join(ROOT, "target/debug/micro");
    const listen = ["server", "--listen", "127.0.0.1:0", "--data", path.join(folder, "data"), "--output", "json"];
    await mkdir(RESULTS, { recursive: true });
    const server = await start<Ready>([program, ...listen], { env: environment(config), log });
    running.push(server);
    const { url, sign_in } = server.ready;
    const world: World = { url, micro: program, config, signedIn: path.join(folder, "session.json"), zoo: true };
    world.zoo = await zoo(world, running);
    await signIn(url, sign_in, world.signedIn);
    announce(world);
    return finish;
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Registers the Node test service as `zoo`, with its descriptors; says why where it is not set up. */
async function zoo(world: World, running: Started<unknown>[]): Promise<true | string> {
  const descriptors = path.join(SERVICES, "generated/zoo.binpb");
  const needed = [descriptors, path.join(SERVICES, "node/node_modules"), path.join(SERVICES, "node/generated")];
  const absent = needed.find((file) => !existsSync(file));
  if (absent) {
    const reason = `${path.relative(ROOT, absent)} is missing: run tests/services/setup.sh`;
    if (process.env.CI) throw new Error(reason);
    console.error(`SKIPPED: tests with every type: ${reason}`);
    return reason;
  }
  const server = [process.execPath, path.join(SERVICES, "node/server.js"), "--exit-with-parent"];
  const service = await start<{ port: number }>([...server, "--version-label", "1.0"]);
  running.push(service);
  const address = `127.0.0.1:${service.ready.port}`;
  const registration = ["register", "zoo", "--grpc", address, "--version", "1.0", "--descriptors", descriptors];
  await micro(registration, world);
  return true;
}
