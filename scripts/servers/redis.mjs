/** A Redis that keeps every write (append-only file, nothing evicted), as a queue needs it. */

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { aptInstall } from './apt.mjs';
import { freePort } from './ports.mjs';
import { until } from './process.mjs';

const env = (port) => ({ GRAPHBLEND_TEST_REDIS_URL: `redis://127.0.0.1:${port}/0` });
const portFile = (folder) => join(folder, 'port');

/** Sends one inline command; the first line of the answer, or '' when there is none. */
function ask(port, command) {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 2_000 });
    const end = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.on('connect', () => socket.write(`${command}\r\n`));
    socket.on('data', (bytes) => end(bytes.toString().trim()));
    socket
      .on('error', () => end(''))
      .on('timeout', () => end(''))
      .on('close', () => end(''));
  });
}

/** The port in use, if our server answers there: its port may have gone to another program since. */
async function livePort(folder) {
  if (!existsSync(portFile(folder))) return undefined;
  const port = Number(readFileSync(portFile(folder), 'utf8'));
  const answer = await ask(port, 'CONFIG GET dir');
  return answer.split('\r\n').includes(folder) ? port : undefined;
}

function launch(folder, port) {
  const options = {
    port,
    bind: '127.0.0.1',
    dir: folder,
    appendonly: 'yes',
    save: '',
    'maxmemory-policy': 'noeviction',
    pidfile: join(folder, 'pid'),
    logfile: join(folder, 'redis.log'),
    daemonize: 'yes',
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return spawnSync('redis-server', args, { stdio: ['ignore', 2, 2] }).status === 0;
}

export const redis = {
  name: 'redis',

  install() {
    aptInstall('redis-server', {
      apt: 'redis-server',
      others: ['sudo dnf install -y redis', 'brew install redis'],
    });
  },

  async running(folder) {
    const port = await livePort(folder);
    return port === undefined ? undefined : env(port);
  },

  async start(folder) {
    // The free port may be taken in between: try again with another.
    for (let attempt = 0; attempt < 3; attempt++) {
      const port = await freePort();
      writeFileSync(portFile(folder), String(port));
      if (
        launch(folder, port) &&
        (await until(async () => (await livePort(folder)) === port, 10_000))
      )
        return env(port);
    }
    throw new Error(`redis-server did not start; see ${join(folder, 'redis.log')}`);
  },

  async stop(folder) {
    const port = await livePort(folder);
    if (port === undefined) return false;
    await ask(port, 'SHUTDOWN');
    const stopped = await until(async () => (await livePort(folder)) === undefined, 10_000);
    if (!stopped)
      throw new Error(
        `redis-server at port ${port} does not stop; see ${join(folder, 'redis.log')}`,
      );
    rmSync(portFile(folder), { force: true });
    return true;
  },
};
