#!/usr/bin/env node
/**
 * Behind every npm script that must work on a bare clone: checks the machine, installs from the lockfile and
 * builds when that is needed, then runs the command. Plain Node without dependencies, as none may be there yet.
 * It writes to stderr only, so that `npm run -s graphblend -- ask ... --json` gives clean output.
 */

import { build } from './bootstrap/build.mjs';
import { serverEnv } from './bootstrap/env.mjs';
import { install } from './bootstrap/install.mjs';
import { checkNode } from './bootstrap/machine.mjs';
import { at, say } from './bootstrap/paths.mjs';
import { node, npmRun, run } from './bootstrap/run.mjs';

const GATES = ['typecheck', 'lint', 'format:check', 'knip'];

const main = (args) => node([at('dist', 'cli', 'main.js'), ...args]);
const vitest = async (args) =>
  node([at('node_modules', 'vitest', 'vitest.mjs'), 'run', ...args], await serverEnv());

/** Runs every gate even after one has failed: one run shows all that is wrong. */
async function check(args) {
  const results = [];
  for (const gate of GATES) results.push([gate, await run(...npmRun(gate))]);
  results.push(['test', await vitest(args)]);
  say('');
  for (const [name, code] of results) say(`${code === 0 ? 'ok    ' : 'FAILED'} ${name}`);
  return results.every(([, code]) => code === 0) ? 0 : 1;
}

/** What each command needs before it runs, and how it runs. */
const COMMANDS = {
  start: { needs: [install, build], run: (args) => main(['serve', ...args]) },
  cli: { needs: [install, build], run: main },
  demo: { needs: [install, build], run: (args) => main(['demo', ...args]) },
  build: { needs: [install, build], run: async () => 0 },
  bench: {
    needs: [install],
    run: (args) => node(['--import', 'tsx', at('bench', 'run.ts'), ...args]),
  },
  test: { needs: [install, build], run: vitest },
  check: { needs: [install, build], run: check },
  servers: { needs: [], run: (args) => node([at('scripts', 'servers.mjs'), ...args]) },
};

async function bootstrap([name = '', ...args]) {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) {
    say(`Usage: node scripts/bootstrap.mjs ${Object.keys(COMMANDS).join(' | ')}`);
    return 2;
  }
  if (!checkNode()) return 1;
  for (const prepare of command.needs) {
    const code = await prepare();
    if (code !== 0) return code;
  }
  return command.run(args);
}

process.exitCode = await bootstrap(process.argv.slice(2));
