/** An S3-compatible server (versitygw) over a folder; built once from its Go module. */

import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { say } from '../bootstrap/paths.mjs';
import { aptInstall } from './apt.mjs';
import { freePort } from './ports.mjs';
import { livePid as ownPid, readIf, until } from './process.mjs';

const VERSION = 'v1.8.0';

const filesOf = (folder) => ({
  binary: join(folder, `versitygw-${VERSION}`),
  data: join(folder, 'data'),
  port: join(folder, 'port'),
  pid: join(folder, 'pid'),
  secret: join(folder, 'secret'),
  log: join(folder, 's3.log'),
});

function env(folder) {
  const { port, secret } = filesOf(folder);
  return {
    GRAPHBLEND_TEST_S3_URL: `http://127.0.0.1:${readIf(port)}`,
    GRAPHBLEND_TEST_S3_KEY: 'graphblend',
    GRAPHBLEND_TEST_S3_SECRET: readIf(secret),
  };
}

function livePid(folder) {
  const { pid, data } = filesOf(folder);
  return ownPid(pid, data);
}

async function answers(port) {
  try {
    await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(2000) });
    return true;
  } catch {
    return false;
  }
}

/** Builds beside the target and renames: an interrupted build is not taken for a whole one. */
function build(folder) {
  const { binary } = filesOf(folder);
  if (existsSync(binary)) return;
  say(`building versitygw ${VERSION} (a few minutes the first time)`);
  const part = join(folder, 'build');
  mkdirSync(part, { recursive: true });
  const { status } = spawnSync(
    'go',
    ['install', `github.com/versity/versitygw/cmd/versitygw@${VERSION}`],
    {
      stdio: ['ignore', 2, 2],
      env: { ...process.env, GOBIN: part, GOFLAGS: '-ldflags=-s' },
    },
  );
  if (status !== 0) throw new Error('versitygw could not be built; see the messages above');
  renameSync(join(part, 'versitygw'), binary);
  rmSync(part, { recursive: true, force: true });
}

export const s3 = {
  name: 's3',

  install(folder) {
    if (existsSync(filesOf(folder).binary)) return;
    aptInstall('go', {
      apt: 'golang-go',
      others: ['sudo dnf install -y golang', 'brew install go'],
    });
    build(folder);
  },

  async running(folder) {
    if (livePid(folder) === undefined) return undefined;
    return (await answers(readIf(filesOf(folder).port))) ? env(folder) : undefined;
  },

  async start(folder) {
    const { binary, data, port: portFile, pid, secret, log } = filesOf(folder);
    mkdirSync(data, { recursive: true });
    if (!existsSync(secret))
      writeFileSync(secret, randomBytes(18).toString('hex'), { mode: 0o600 });
    const port = await freePort();
    const out = openSync(log, 'a');
    const child = spawn(binary, ['--port', `127.0.0.1:${port}`, 'posix', data], {
      detached: true,
      stdio: ['ignore', out, out],
      // Not as arguments: those can be read by everybody on the machine.
      env: {
        ...process.env,
        ROOT_ACCESS_KEY_ID: 'graphblend',
        ROOT_SECRET_ACCESS_KEY: readIf(secret),
      },
    });
    child.unref();
    writeFileSync(portFile, String(port));
    writeFileSync(pid, String(child.pid));
    if (await until(() => answers(port), 15_000)) return env(folder);
    throw new Error(`the S3 server did not start; see ${log}`);
  },

  async stop(folder) {
    const pid = livePid(folder);
    if (pid === undefined) return false;
    process.kill(pid);
    const stopped = await until(() => livePid(folder) === undefined, 10_000);
    if (!stopped) throw new Error(`the S3 server with pid ${pid} does not stop`);
    rmSync(filesOf(folder).pid, { force: true });
    return true;
  },
};
