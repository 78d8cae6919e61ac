// What the types of Slack's own client say of the app's manifest.
//
//     node manifest.mjs PAYLOADS
//
// PAYLOADS is a file of JSON: a list of {"name", "payload"}. Prints one line of JSON: a list of {"name", "complaints"}.
//
// Each manifest becomes a literal of the client's type and is compiled: unknown names, wrong types and events that there
// are not are errors. How long a text may be no type says; the bot's own test does.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const options = {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2022,
  noEmit: true,
  strict: true,
  skipLibCheck: true,
  types: ['node'],
};
// Nothing is written: the file is only said to be here, where the packages are.
const file = fileURLToPath(new URL('manifest.ts', import.meta.url));

function check({ name, payload }) {
  const text = `import type { AppsManifestCreateArguments } from '@slack/web-api';
export const manifest: AppsManifestCreateArguments['manifest'] = ${JSON.stringify(payload)};
`;
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (path) => path === file || fileExists(path);
  host.getSourceFile = (path, ...more) =>
    path === file ? ts.createSourceFile(path, text, options.target) : getSourceFile(path, ...more);
  const found = ts.getPreEmitDiagnostics(ts.createProgram([file], options, host));
  return { name, complaints: found.map((one) => ts.flattenDiagnosticMessageText(one.messageText, '\n')) };
}

const entries = JSON.parse(readFileSync(process.argv[2], 'utf8'));
console.log(JSON.stringify(entries.map(check)));
