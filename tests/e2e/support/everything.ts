// One message that holds every type, put together from the fixtures that all languages agree on.

import { readFile } from "node:fs/promises";
import path from "node:path";

const FIXTURES = path.resolve(import.meta.dirname, "../../services/fixtures");
const PARTS = [
  "integer_limits_as_strings",
  "enums",
  "strings",
  "lists",
  "maps",
  "nested",
  "oneof_message",
  "any_own_types",
  "struct_nested",
  "timestamps",
  "durations",
  "field_masks",
  "wrappers",
  "recursion",
];

export async function everything(): Promise<Record<string, unknown>> {
  const texts = await Promise.all(PARTS.map((part) => readFile(path.join(FIXTURES, `${part}.json`), "utf8")));
  const message = Object.assign({}, ...texts.map((text) => JSON.parse(text) as object)) as Record<string, unknown>;
  // Of a choice only one may be set; the parts set `animal`, too.
  delete message.wait;
  // A control character cannot be in a form without scripts: HTML has no way to write it.
  message.stringValue = 'a"b\\c \u2028 ü 日本 🐘 </textarea>';
  return message;
}
