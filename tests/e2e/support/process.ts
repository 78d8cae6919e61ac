// Processes of a test run: started, awaited by their first line, ended with the run.

import { execFile, spawn, type ChildProcess } from "node:child_process";
import { createWriteStream } from "node:fs";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

import { world, type World } from "./world.js";

const READY_MAX_MS = 20_000;
const STOP_MAX_MS = 5_000;
const COMMAND_MAX_MS = 15_000;

export interface Started<T> {
  ready: T;
  stop: () => Promise<void>;
}

interface Options {
  env?: NodeJS.ProcessEnv;
  /** The file that gets what the program writes to stderr. */
  log?: string;
}

/** Starts a program and waits for its first line on stdout, which is JSON. */
export async function start<T>(command: string[], { env = process.env, log }: Options = {}): Promise<Started<T>> {
  const [program, ...args] = command;
  const child = spawn(program!, args, { env, stdio: ["pipe", "pipe", "pipe"] });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr = (stderr + text).slice(-4_000)));
  if (log) child.stderr.pipe(createWriteStream(log));
  const stop = () => end(child);
  try {
    return { ready: JSON.parse(await firstLine(child)) as T, stop };
  } catch (error) {
    await stop();
    throw new Error(`${command.join(" ")}: ${String(error)}\n${stderr}`);
  }
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`not ready after ${READY_MAX_MS} ms`)), READY_MAX_MS);
    const settle = (act: () => void) => (clearTimeout(late), act());
    child.once("error", (error) => settle(() => reject(error)));
    child.once("exit", (code) => settle(() => reject(new Error(`ended with code ${code} before it was ready`))));
    const lines = createInterface({ input: child.stdout! });
    lines.once("line", (line) => settle(() => resolve(line)));
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill("SIGTERM");
  const late = setTimeout(() => child.kill("SIGKILL"), STOP_MAX_MS);
  await ended;
  clearTimeout(late);
}

/** The environment in which `micro` knows the server under test and nothing of the user's own. */
export function environment(config: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith("MICRO_"));
  return { ...Object.fromEntries(kept), XDG_CONFIG_HOME: config };
}

/** Runs `micro` with JSON output, as the server's owner. */
export async function micro(args: string[], of: World = world()): Promise<unknown> {
  const options = { env: environment(of.config), timeout: COMMAND_MAX_MS };
  const { stdout } = await promisify(execFile)(of.micro, [...args, "--output", "json"], options);
  return stdout.trim() ? (JSON.parse(stdout) as unknown) : undefined;
}

/** A fresh link that signs a browser in. */
export async function signInLink(of: World = world()): Promise<string> {
  const { sign_in } = (await micro(["login", "--browser"], of)) as { sign_in: string };
  return sign_in;
}
