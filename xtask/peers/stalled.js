// The service that `cargo xtask bench bot` stalls: `bench.v1.Stalled/Wait` over gRPC, with health. SIGUSR2 begins a stall
// and ends it: meanwhile calls are accepted and not answered, while health still says that all is well.
//
// Prints one line of JSON when it is ready.

const http2 = require('node:http2');

const HEALTHY = Buffer.from([0, 0, 0, 0, 2, 8, 1]);
const EMPTY = Buffer.from([0, 0, 0, 0, 0]);
let held = null;

function answer(stream, message, status) {
  if (stream.destroyed) return;
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': status }));
  stream.end(message);
}

const server = http2.createServer();
server.on('stream', (stream, headers) => {
  // Whoever asked may go away.
  stream.on('error', () => {});
  stream.resume();
  switch (headers[':path']) {
    case '/grpc.health.v1.Health/Check':
      return answer(stream, HEALTHY, '0');
    case '/bench.v1.Stalled/Wait':
      return held ? held.push(stream) : answer(stream, EMPTY, '0');
    default:
      return answer(stream, undefined, '12');
  }
});

process.on('SIGUSR2', () => {
  const waiting = held;
  held = waiting ? null : [];
  waiting?.forEach((stream) => answer(stream, EMPTY, '0'));
});

server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })));
