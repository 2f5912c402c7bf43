/** Hands tests the URLs of the servers that `npm run servers` started, as far as they still run. */

import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { at, say } from './paths.mjs';

function readEnv(file) {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines
    .map((line) => /^(\w+)=(.*)$/.exec(line))
    .filter(Boolean)
    .map(([, name, value]) => [name, value]);
}

function answers(url) {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port), timeout: 1_000 });
    const end = (answer) => () => {
      socket.destroy();
      resolve(answer);
    };
    socket.on('connect', end(true)).on('error', end(false)).on('timeout', end(false));
  });
}

/** What is set in the environment already wins. */
export async function serverEnv() {
  const env = {};
  for (const [name, value] of readEnv(at('.servers', 'env'))) {
    if (name in process.env) continue;
    if (!name.endsWith('_URL') || (await answers(value))) env[name] = value;
    else
      say(
        `${value} does not answer any more, its tests are skipped: start it with "npm run servers"`,
      );
  }
  return env;
}
