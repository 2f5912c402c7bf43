/** Is this machine able to run and to install Graphblend? If not: what is missing, and the command to get it. */

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { say } from './paths.mjs';

const LEAST_NODE = [20, 19];

export function checkNode(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor, leastMinor] = LEAST_NODE;
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return true;
  say(`Graphblend needs Node ${LEAST_NODE.join('.')} or later; this is Node ${version}.`);
  say('Install a current LTS from https://nodejs.org, or: nvm install --lts');
  return false;
}

function onPath(program) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Tools that compile the native modules; any of `programs` will do. */
const COMPILERS = [
  { name: 'python3', programs: ['python3'], apt: 'python3', dnf: 'python3', brew: 'python' },
  { name: 'make', programs: ['make', 'gmake'], apt: 'make', dnf: 'make', brew: 'make' },
  { name: 'g++', programs: ['g++', 'c++', 'clang++'], apt: 'g++', dnf: 'gcc-c++', brew: 'gcc' },
];

export function checkCompilers(has = onPath) {
  // On Windows they are not looked up on the PATH: node-gyp finds Visual Studio itself.
  if (process.platform === 'win32') return true;
  const missing = COMPILERS.filter(({ programs }) => !programs.some(has));
  if (missing.length === 0) return true;
  say(
    `To compile its native modules Graphblend needs: ${missing.map(({ name }) => name).join(', ')}. Install with one of`,
  );
  for (const [tool, command] of [
    ['apt', 'sudo apt-get install -y'],
    ['dnf', 'sudo dnf install -y'],
    ['brew', 'brew install'],
  ]) {
    say(`  ${command} ${missing.map((one) => one[tool]).join(' ')}`);
  }
  return false;
}
