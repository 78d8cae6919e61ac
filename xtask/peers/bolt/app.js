// The peer of `cargo xtask bench bot`: a Slack app as Bolt's guide writes one. `/micro services` is acknowledged at once
// and then answered at its response address, from a list that never changes.
//
// Prints one line of JSON when it is ready.

import { createRequire } from 'node:module';
import bolt from '@slack/bolt';

const { App, HTTPReceiver, LogLevel } = bolt;
const { SLACK_SIGNING_SECRET, SLACK_BOT_TOKEN, SLACK_API_URL, SERVICES } = process.env;
const services = JSON.parse(SERVICES);

const receiver = new HTTPReceiver({
  signingSecret: SLACK_SIGNING_SECRET,
  endpoints: '/chat/slack/command',
  logLevel: LogLevel.ERROR,
});
const app = new App({
  receiver,
  token: SLACK_BOT_TOKEN,
  clientOptions: { slackApiUrl: SLACK_API_URL },
  logLevel: LogLevel.ERROR,
});

const plain = (text) => ({ type: 'plain_text', text, emoji: false });
const cell = (text) => ({ type: 'raw_text', text });
const head = ['SERVICE', 'STATUS', 'SINCE', 'VERSIONS', 'INSTANCES', 'REASON'];

// A table and a menu, as Micro shows the same list. Made for every command, as an app's answers are.
function answer(names) {
  const rows = names.map((name) => [name, 'up', 'just now', '0.1.0', '1/1', '–']);
  const options = names.map((name) => ({ text: plain(`✓ ${name}`), value: `open/services/${name}` }));
  return {
    response_type: 'ephemeral',
    replace_original: false,
    text: `Services: ${names.length}`,
    blocks: [
      { type: 'header', text: plain('Services') },
      { type: 'table', rows: [head, ...rows].map((row) => row.map(cell)) },
      {
        type: 'actions',
        elements: [{ type: 'static_select', action_id: 'open', placeholder: plain('Open…'), options }],
      },
    ],
  };
}

app.command('/micro', async ({ ack, respond }) => {
  await ack();
  const response = await respond(answer(services));
  // Read to its end, so that the connection is used again.
  await response.text();
});

const server = await app.start({ port: 0, host: '127.0.0.1' });
const { version } = createRequire(import.meta.url)('@slack/bolt/package.json');
console.log(JSON.stringify({ port: server.address().port, bolt: version, node: process.version }));
