#!/usr/bin/env node
/**
 * `npm run servers` installs and starts the real servers that tests use and prints their URLs; `-- stop` stops
 * them. Each has a data folder of its own under .servers/ and a free port of the loopback address. Tests read the
 * URLs from .servers/env. A server is one object: see servers/redis.mjs.
 */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { at, say } from './bootstrap/paths.mjs';
import { neo4j } from './servers/neo4j.mjs';
import { redis } from './servers/redis.mjs';
import { s3 } from './servers/s3.mjs';

const SERVERS = [redis, neo4j, s3];
const home = at('.servers');
const envFile = join(home, 'env');

/** @returns the server's lines for the env file. */
async function start(server) {
  const folder = join(home, server.name);
  mkdirSync(folder, { recursive: true });
  const running = await server.running(folder);
  if (!running) await server.install(folder);
  const env = running ?? (await server.start(folder));
  const lines = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  for (const line of lines)
    console.log(`${server.name}: ${line}${running ? ' (was running)' : ''}`);
  return lines;
}

async function startAll() {
  const lines = [];
  for (const server of SERVERS) lines.push(...(await start(server)));
  writeFileSync(envFile, `${lines.join('\n')}\n`);
}

async function stopAll() {
  for (const server of SERVERS) {
    const stopped = await server.stop(join(home, server.name));
    console.log(`${server.name}: ${stopped ? 'stopped' : 'was not running'}`);
  }
  rmSync(envFile, { force: true });
}

const COMMANDS = { start: startAll, stop: stopAll };
const [name = 'start'] = process.argv.slice(2);

if (Object.hasOwn(COMMANDS, name)) {
  await COMMANDS[name]().catch((error) => {
    say(error.message);
    process.exitCode = 1;
  });
} else {
  say('Usage: npm run servers [-- start | stop]');
  process.exitCode = 2;
}
