// What Discord's own description of its API says of what the bot sends.
//
//     node discord.mjs PAYLOADS
//
// PAYLOADS is a file of JSON: a list of {"name", "kind", "payload"}; the kinds are below. Prints one line of JSON: a
// list of {"name", "complaints"}, one entry for each payload.
//
// The schemas drop what they do not know, so what comes out is compared with what went in. They do not say how much all
// embeds of a message may hold together; the fake does.

import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import * as schemas from 'discord-api-spec/zod';
import { prettifyError } from 'zod';

const callbacks = {
  1: schemas.PongInteractionCallbackRequestSchema,
  4: schemas.CreateMessageInteractionCallbackRequestSchema,
  5: schemas.CreateMessageInteractionCallbackRequestSchema,
  6: schemas.UpdateMessageInteractionCallbackRequestSchema,
  7: schemas.UpdateMessageInteractionCallbackRequestSchema,
  8: schemas.ApplicationCommandAutocompleteCallbackRequestSchema,
  9: schemas.ModalInteractionCallbackRequestSchema,
};

// Each kind by every schema it has to satisfy: a message is sent as an answer, as a change of one, and in a channel.
const kinds = {
  message: () => [
    schemas.IncomingWebhookInteractionRequestSchema,
    schemas.IncomingWebhookUpdateRequestPartialSchema,
    schemas.MessageCreateRequestSchema,
  ],
  modal: () => [schemas.ModalInteractionCallbackRequestDataSchema],
  callback: ({ type }) => [callbacks[type]],
  commands: () => [schemas.ApplicationCommandUpdateRequestSchema],
};

// Where the schema's reading is not what was sent.
function differences(sent, understood, path) {
  if (isDeepStrictEqual(sent, understood)) return [];
  const nested = [sent, understood].every((value) => typeof value === 'object' && value !== null);
  if (!nested || Array.isArray(sent) !== Array.isArray(understood)) {
    return [`${path}: sent ${JSON.stringify(sent)}, understood as ${JSON.stringify(understood)}`];
  }
  const keys = new Set([...Object.keys(sent), ...Object.keys(understood)]);
  return [...keys].flatMap((key) => differences(sent[key], understood[key], `${path}.${key}`));
}

function complaints(schema, payload) {
  if (!schema) return [`unknown type ${JSON.stringify(payload?.type)}`];
  const read = schema.safeParse(payload);
  return read.success ? differences(payload, read.data, '$') : [prettifyError(read.error)];
}

function check({ name, kind, payload }) {
  // A registration is a list of commands.
  const parts = kind === 'commands' ? payload : [payload];
  const found = parts.flatMap((part) => kinds[kind](part).flatMap((schema) => complaints(schema, part)));
  return { name, complaints: [...new Set(found)] };
}

const entries = JSON.parse(readFileSync(process.argv[2], 'utf8'));
console.log(JSON.stringify(entries.map(check)));
