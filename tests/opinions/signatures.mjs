// What Slack's and Discord's own libraries say of signatures.
//
//     node signatures.mjs SLACK_SECRET DISCORD_PUBLIC_KEY
//
// Serves Bolt's receiver, and Discord's verifyKey with that public key, at the paths Micro has, so that the fakes can
// deliver to them. Prints one line of JSON once they listen: their addresses, and a public key whose private half is
// here.
//
// `POST /compare {"micro": URL}` to Discord's address sends the requests below to Bolt (or verifyKey) and to Micro,
// which has to know the secret and this public key, and answers with what both said of each. Those they are expected to
// disagree on say why.

import { createHmac, generateKeyPairSync, sign as signWith } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { buffer, json } from 'node:stream/consumers';
import bolt from '@slack/bolt';
import { verifyKey } from 'discord-interactions';

const [slackSecret, fakePublicKey] = process.argv.slice(2);
const { HTTPReceiver, LogLevel } = bolt;
const { publicKey, privateKey } = generateKeyPairSync('ed25519');
// The last 32 bytes of the DER are the key itself.
const ownPublicKey = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
// The order of the curve's group, little-endian as in a signature.
const ED25519_ORDER = (1n << 252n) + 27742317777372353535851937790883648493n;

const slackPaths = ['command', 'interaction', 'options', 'event'].map((name) => `/chat/slack/${name}`);
const discordPath = '/chat/discord/interaction';

// Bolt warns of each signature it refuses, which here is most of them.
const quiet = () => {};
const logger = { debug: quiet, info: quiet, warn: quiet, error: console.error, setLevel: quiet, setName: quiet };
logger.getLevel = () => LogLevel.ERROR;
const receiver = new HTTPReceiver({
  signingSecret: slackSecret,
  endpoints: slackPaths,
  logger,
});
receiver.init({ processEvent: ({ ack }) => ack() });
const slackServer = await receiver.start({ port: 0, host: '127.0.0.1' });

const now = () => Math.floor(Date.now() / 1000);
const bytes = (...parts) => Buffer.concat(parts.map((part) => Buffer.from(part)));

function slackSigned(body, { secret = slackSecret, at = now(), as = (signature) => signature } = {}) {
  const hash = createHmac('sha256', secret).update(bytes(`v0:${at}:`, body)).digest('hex');
  return { 'x-slack-request-timestamp': `${at}`, 'x-slack-signature': as(`v0=${hash}`) };
}

function discordSigned(body, { key = privateKey, at = now(), as = (signature) => signature } = {}) {
  const signature = signWith(null, bytes(`${at}`, body), key).toString('hex');
  return { 'x-signature-timestamp': `${at}`, 'x-signature-ed25519': as(signature) };
}

// The same signature with its second half one order of the group larger: the same point, and yet another text.
function malleated(signature) {
  const half = BigInt(`0x${Buffer.from(signature.slice(64), 'hex').reverse().toString('hex')}`) + ED25519_ORDER;
  return signature.slice(0, 64) + Buffer.from(half.toString(16).padStart(64, '0'), 'hex').reverse().toString('hex');
}

const without = (headers, ...names) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)));
const twice = (headers, name, second = headers[name]) => ({ ...headers, [name]: [headers[name], second] });
const both = (expected) => (name, body, headers) => ({ name, body, headers, library: expected, micro: expected });
const takes = both(true);
const refuses = both(false);
const unlike = (micro, why) => (name, body, headers) => ({ name, body, headers, library: !micro, micro, why });
const stricter = (why) => unlike(false, why);
const laxer = (why) => unlike(true, why);

const capitals = (signature) => `v0=${signature.slice(3).toUpperCase()}`;
const more = (signature) => `${signature}=1`;
const form = 'command=%2Fmicro&text=services+a%26b&user_id=U1';
const notText = Buffer.from([0x7b, 0xff, 0xfe, 0x7d]);

const slackCases = () => [
  takes('a form', form, slackSigned(form)),
  takes('JSON', '{"type":"event_callback"}', slackSigned('{"type":"event_callback"}')),
  takes('every kind of letter', 'text=grüße 🦀\u0000', slackSigned('text=grüße 🦀\u0000')),
  takes('no body', '', slackSigned('')),
  takes('a large body', 'x'.repeat(900_000), slackSigned('x'.repeat(900_000))),
  takes('almost too old', form, slackSigned(form, { at: now() - 290 })),
  takes('a clock that is ahead', form, slackSigned(form, { at: now() + 290 })),
  refuses('another secret', form, slackSigned(form, { secret: 'other' })),
  refuses('another body', `${form}1`, slackSigned(form)),
  refuses('a body cut off', form.slice(1), slackSigned(form)),
  refuses('another time', form, { ...slackSigned(form), 'x-slack-request-timestamp': `${now() - 1}` }),
  refuses('no signature', form, without(slackSigned(form), 'x-slack-signature')),
  refuses('no time', form, without(slackSigned(form), 'x-slack-request-timestamp')),
  refuses('nothing', form, {}),
  refuses('an empty signature', form, slackSigned(form, { as: () => '' })),
  refuses('a version alone', form, slackSigned(form, { as: () => 'v0=' })),
  refuses('another version', form, slackSigned(form, { as: (signature) => signature.replace('v0', 'v1') })),
  refuses('no version', form, slackSigned(form, { as: (signature) => signature.slice(3) })),
  refuses('a signature in capitals', form, slackSigned(form, { as: capitals })),
  refuses('a signature cut off', form, slackSigned(form, { as: (signature) => signature.slice(0, -1) })),
  refuses('too old', form, slackSigned(form, { at: now() - 310 })),
  refuses('years old', form, slackSigned(form, { at: 1_531_420_618 })),
  refuses('a time that is no number', form, slackSigned(form, { at: 'now' })),
  refuses('what is not UTF-8, signed', notText, slackSigned(notText)),
  refuses('what is not UTF-8, with the signature of nothing', notText, slackSigned('')),
  stricter('Bolt has no limit ahead')('a time far ahead', form, slackSigned(form, { at: now() + 310 })),
  stricter('a time is a whole number')('a time with a fraction', form, slackSigned(form, { at: `${now()}.5` })),
  stricter('Bolt drops what follows')('more after the signature', form, slackSigned(form, { as: more })),
  stricter('Bolt answers these unsigned, and does nothing')('a check of the certificate', 'ssl_check=1', {}),
  laxer('Bolt signs the number, Micro what was sent')('zeros ahead', form, slackSigned(form, { at: `0${now()}` })),
  refuses('two signatures, the first right', form, twice(slackSigned(form), 'x-slack-signature', 'v0=00')),
  refuses('the same signature twice', form, twice(slackSigned(form), 'x-slack-signature')),
  refuses('the same time twice', form, twice(slackSigned(form), 'x-slack-request-timestamp')),
];

const ping = '{"type":1}';
const spaced = '{ "type" : 1, "name": "grüße 🦀" }';
const discordCases = () => [
  takes('a ping', ping, discordSigned(ping)),
  takes('every kind of letter', spaced, discordSigned(spaced)),
  takes('no body', '', discordSigned('')),
  takes('what is not UTF-8', notText, discordSigned(notText)),
  takes('a large body', 'x'.repeat(900_000), discordSigned('x'.repeat(900_000))),
  takes('almost too old', ping, discordSigned(ping, { at: now() - 290 })),
  takes('a clock that is ahead', ping, discordSigned(ping, { at: now() + 290 })),
  takes('a signature in capitals', ping, discordSigned(ping, { as: (signature) => signature.toUpperCase() })),
  refuses('another key', ping, discordSigned(ping, { key: generateKeyPairSync('ed25519').privateKey })),
  refuses('another body', `${ping} `, discordSigned(ping)),
  refuses('another time', ping, { ...discordSigned(ping), 'x-signature-timestamp': `${now() - 1}` }),
  refuses('no signature', ping, without(discordSigned(ping), 'x-signature-ed25519')),
  refuses('no time', ping, without(discordSigned(ping), 'x-signature-timestamp')),
  refuses('nothing', ping, {}),
  refuses('an empty signature', ping, discordSigned(ping, { as: () => '' })),
  refuses('zeros', ping, discordSigned(ping, { as: () => '0'.repeat(128) })),
  refuses('no hexadecimal', ping, discordSigned(ping, { as: () => 'z'.repeat(128) })),
  refuses('a signature cut off', ping, discordSigned(ping, { as: (signature) => signature.slice(0, -2) })),
  refuses('half a byte less', ping, discordSigned(ping, { as: (signature) => signature.slice(1) })),
  refuses('a byte more', ping, discordSigned(ping, { as: (signature) => `${signature}00` })),
  refuses('the same point in other words', ping, discordSigned(ping, { as: malleated })),
  stricter('verifyKey does not look at the time')('too old', ping, discordSigned(ping, { at: now() - 310 })),
  stricter('verifyKey does not look at the time')('a time far ahead', ping, discordSigned(ping, { at: now() + 310 })),
  stricter('verifyKey does not look at the time')('a time that is no number', ping, discordSigned(ping, { at: 'now' })),
  refuses('two signatures, the first right', ping, twice(discordSigned(ping), 'x-signature-ed25519', '00')),
  refuses('the same signature twice', ping, twice(discordSigned(ping), 'x-signature-ed25519')),
  refuses('the same time twice', ping, twice(discordSigned(ping), 'x-signature-timestamp')),
];

async function status(base, path, { headers, body }) {
  const type = path === discordPath ? 'application/json' : 'application/x-www-form-urlencoded';
  const length = Buffer.byteLength(body);
  const sent = request(`${base}${path}`, {
    method: 'POST',
    headers: { ...headers, 'content-type': type, 'content-length': length },
    agent: false,
  });
  sent.end(body);
  const [answer] = await once(sent, 'response');
  await buffer(answer);
  return answer.statusCode;
}

// 401 alone means that the signature is refused; what then cannot be read is another matter.
function verdict(code) {
  if (code >= 500) throw new Error(`answered ${code}`);
  return code !== 401;
}

const joined = (value = '') => [value].flat().join(', ');
const trusts = (key, headers, body) =>
  verifyKey(body, joined(headers['x-signature-ed25519']), joined(headers['x-signature-timestamp']), key);

function told(platform, { name, why, library, micro }, librarySaid, microSaid) {
  return { platform, name, why, expected: { library, micro }, library: librarySaid, micro: microSaid };
}

async function compare(micro) {
  const compared = [];
  for (const one of slackCases()) {
    const library = verdict(await status(`http://127.0.0.1:${slackServer.address().port}`, slackPaths[0], one));
    const said = verdict(await status(micro, slackPaths[0], one));
    compared.push(told('slack', one, library, said));
  }
  for (const one of discordCases()) {
    const library = await trusts(ownPublicKey, one.headers, Buffer.from(one.body));
    const said = verdict(await status(micro, discordPath, one));
    compared.push(told('discord', one, library, said));
  }
  return compared;
}

const discordServer = createServer(async (incoming, answer) => {
  const type = { 'content-type': 'application/json' };
  const reply = (code, value) => answer.writeHead(code, type).end(JSON.stringify(value));
  try {
    if (incoming.url === '/compare') return reply(200, await compare((await json(incoming)).micro));
    const good = await trusts(fakePublicKey, incoming.headers, await buffer(incoming));
    return good ? reply(200, { type: 1 }) : reply(401, {});
  } catch (error) {
    return reply(500, { error: String(error.stack) });
  }
});
discordServer.listen(0, '127.0.0.1');
await once(discordServer, 'listening');

console.log(
  JSON.stringify({
    slack: `http://127.0.0.1:${slackServer.address().port}`,
    discord: `http://127.0.0.1:${discordServer.address().port}`,
    discord_public_key: ownPublicKey,
  }),
);
