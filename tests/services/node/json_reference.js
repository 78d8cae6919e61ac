// Prints the canonical JSON of each fixture, as @bufbuild/protobuf makes it.
//
// One line per fixture, in the order of their names: {"name":...,"json":...}, or
// {"name":...,"error":...} where the fixture is refused.

import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";

import { fromBinary, fromJsonString, toBinary, toJson } from "@bufbuild/protobuf";

import { EverythingSchema } from "./generated/zoo/v1/zoo_pb.js";
import { registry } from "./zoo.js";

const directory = process.argv[2] ?? path.join(import.meta.dirname, "..", "fixtures");
const names = readdirSync(directory).filter((name) => name.endsWith(".json")).sort();

for (const name of names) {
  const line = { name: path.basename(name, ".json") };
  try {
    const text = readFileSync(path.join(directory, name), "utf8");
    const message = fromJsonString(EverythingSchema, text, { registry });
    // Through the wire, as a call would take it.
    const received = fromBinary(EverythingSchema, toBinary(EverythingSchema, message));
    line.json = toJson(EverythingSchema, received, { registry });
  } catch (error) {
    line.error = error.message;
  }
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
