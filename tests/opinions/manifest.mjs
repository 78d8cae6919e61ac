// What the types of Slack's own client say of the app's manifest.
//
//     node manifest.mjs PAYLOADS
//
// PAYLOADS is a file of JSON: a list of {"name", "payload"}. Prints one line of JSON: a list of {"name", "complaints"}.
//
// Each manifest becomes a literal of the client's type and is compiled: unknown names, wrong types, and scopes and
// events that there are not, are errors. How long a text may be no type says; the bot's own test does.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const options = {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2022,
  noEmit: true,
  strict: true,
  skipLibCheck: true,
  // Wherever this is started.
  typeRoots: [here('node_modules/@types')],
  types: ['node'],
};

const source = (payload) => `import type { AppsManifestCreateArguments } from '@slack/web-api';
export const manifest: AppsManifestCreateArguments['manifest'] = ${JSON.stringify(payload)};
`;

const entries = JSON.parse(readFileSync(process.argv[2], 'utf8'));
// Nothing is written: the files are only said to be here, where the packages are.
const path = (at) => here(`manifest-${at}.ts`);
const files = new Map(entries.map(({ payload }, at) => [path(at), source(payload)]));

const host = ts.createCompilerHost(options);
const { fileExists, getSourceFile } = host;
host.fileExists = (name) => files.has(name) || fileExists(name);
host.getSourceFile = (name, ...more) =>
  files.has(name) ? ts.createSourceFile(name, files.get(name), options.target) : getSourceFile(name, ...more);
const program = ts.createProgram([...files.keys()], options, host);
const found = ts.getPreEmitDiagnostics(program);

const told = ({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n');
// What is wrong in no file, such as a package that is not there, is wrong for all.
const of = (at) => found.filter(({ file }) => !files.has(file?.fileName) || file.fileName === path(at));
console.log(JSON.stringify(entries.map(({ name }, at) => ({ name, complaints: of(at).map(told) }))));
