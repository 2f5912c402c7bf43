/**
 * A Neo4j Community server: its jars come from Maven Central (one dependency), it runs on Java 17, and it keeps
 * its data under .servers/neo4j. The password is made once and kept beside the data.
 */

import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { say } from '../bootstrap/paths.mjs';
import { aptInstall } from './apt.mjs';
import { freePort } from './ports.mjs';
import { livePid as ownPid, readIf, until } from './process.mjs';

const VERSION = '5.26.30';
const START_TIMEOUT_MS = 90_000;
const STOP_TIMEOUT_MS = 30_000;
/**
 * Half of the heap for what is young, which the rows of a transaction are, and the collector that takes the least time
 * in all: with G1, Java's default, collecting took a third of the server's time in a load. Then what Neo4j's own start
 * script opens to the libraries that it uses.
 */
const JVM = [
  '-Xms256m',
  '-XX:NewRatio=1',
  '-XX:+UseParallelGC',
  '--add-opens=java.base/java.nio=ALL-UNNAMED',
  '--add-opens=java.base/java.io=ALL-UNNAMED',
  '--add-opens=java.base/sun.nio.ch=ALL-UNNAMED',
  '--add-opens=java.base/java.util.concurrent=ALL-UNNAMED',
  '-Dio.netty.tryReflectionSetAccessible=true',
];

const filesOf = (folder) => ({
  lib: join(folder, 'lib'),
  home: join(folder, 'home'),
  conf: join(folder, 'home', 'conf'),
  log: join(folder, 'neo4j.log'),
  port: join(folder, 'port'),
  pid: join(folder, 'pid'),
  password: join(folder, 'password'),
});

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>graphblend</groupId>
  <artifactId>neo4j-server</artifactId>
  <version>1</version>
  <dependencies>
    <dependency><groupId>org.neo4j</groupId><artifactId>neo4j</artifactId><version>${VERSION}</version></dependency>
  </dependencies>
</project>
`;

const settings = (port, memoryGb) => `server.default_listen_address=127.0.0.1
server.bolt.enabled=true
server.bolt.listen_address=127.0.0.1:${port}
server.bolt.advertised_address=127.0.0.1:${port}
server.http.enabled=false
server.https.enabled=false
dbms.security.auth_enabled=true
dbms.usage_report.enabled=false
server.memory.pagecache.size=${memoryGb}g
db.tx_log.preallocate=false
db.tx_log.rotation.size=32m
internal.dbms.bolt.netty_server_shutdown_quiet_period=0
`;

function env(folder) {
  const { port, password } = filesOf(folder);
  return {
    GRAPHBLEND_TEST_NEO4J_URL: `bolt://127.0.0.1:${readIf(port)}`,
    GRAPHBLEND_TEST_NEO4J_USER: 'neo4j',
    GRAPHBLEND_TEST_NEO4J_PASSWORD: readIf(password),
    GRAPHBLEND_TEST_NEO4J_FOLDER: folder,
  };
}

/** Copies the jars beside the target and renames: an interrupted download is not taken for a whole one. */
function download({ lib }) {
  const part = `${lib}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { recursive: true });
  writeFileSync(join(part, 'pom.xml'), pom);
  say(`Downloading Neo4j ${VERSION} (130 MB) ...`);
  const copy = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
  const args = ['-B', '-ntp', '-q', '-f', join(part, 'pom.xml'), copy, '-DincludeScope=runtime'];
  const done = spawnSync('mvn', [...args, `-DoutputDirectory=${part}`], {
    stdio: ['ignore', 2, 2],
  });
  if (done.status !== 0) throw new Error('Maven could not download Neo4j; its output is above.');
  renameSync(part, lib);
}

const classPath = ({ lib }) => ['-cp', join(lib, '*')];

function setPassword(files) {
  const password = randomBytes(12).toString('hex');
  const set = spawnSync(
    'java',
    [...classPath(files), 'org.neo4j.cli.AdminTool', 'dbms', 'set-initial-password', password],
    { env: { ...process.env, NEO4J_HOME: files.home, NEO4J_CONF: files.conf }, stdio: 'pipe' },
  );
  if (set.status !== 0)
    throw new Error(`Neo4j took no password: ${String(set.stdout)}${String(set.stderr)}`);
  writeFileSync(files.password, password, { mode: 0o600 });
}

/** Whether a Bolt server answers at the port. */
function answers(port) {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 2_000 });
    const end = (yes) => {
      socket.destroy();
      resolve(yes);
    };
    // The magic of Bolt, one range of versions (5.4 down to 5.0) and three empty slots.
    socket.on('connect', () =>
      socket.write(Buffer.from('6060b01700040405000000000000000000000000', 'hex')),
    );
    socket.on('data', (bytes) => end(bytes.length >= 4 && bytes[3] === 5));
    socket
      .on('error', () => end(false))
      .on('timeout', () => end(false))
      .on('close', () => end(false));
  });
}

const livePid = ({ pid, home }) => ownPid(pid, `--home-dir=${home}`);

/** @returns whether the server answers at `port`; false if it ended or does not come up. */
async function launch(files, port, memoryGb) {
  writeFileSync(join(files.conf, 'neo4j.conf'), settings(port, memoryGb));
  writeFileSync(files.port, String(port));
  const log = openSync(files.log, 'w');
  const args = [`--home-dir=${files.home}`, `--config-dir=${files.conf}`, '--console-mode'];
  const child = spawn(
    'java',
    [
      `-Xmx${memoryGb}g`,
      ...JVM,
      ...classPath(files),
      'org.neo4j.server.CommunityEntryPoint',
      ...args,
    ],
    { detached: true, stdio: ['ignore', log, log] },
  );
  child.unref();
  writeFileSync(files.pid, String(child.pid));
  let ended = false;
  child.once('exit', () => (ended = true));
  const started = () => readIf(files.log)?.includes('Started.') === true;
  const up = await until(
    async () => ended || (started() && (await answers(port))),
    START_TIMEOUT_MS,
  );
  if (!up) child.kill('SIGKILL');
  return up && !ended;
}

export const neo4j = {
  name: 'neo4j',

  install(folder) {
    const files = filesOf(folder);
    aptInstall('java', {
      apt: 'openjdk-17-jre-headless',
      others: ['sudo dnf install -y java-17-openjdk-headless', 'brew install openjdk@17'],
    });
    if (existsSync(files.lib)) return;
    aptInstall('mvn', {
      apt: 'maven',
      others: ['sudo dnf install -y maven', 'brew install maven'],
    });
    download(files);
  },

  async running(folder) {
    const files = filesOf(folder);
    if (livePid(files) === undefined || !existsSync(files.password)) return undefined;
    return (await answers(Number(readIf(files.port)))) ? env(folder) : undefined;
  },

  /** With `port`, there or not at all; else at a free one. `memoryGb`: of the heap, and as much for the page cache. */
  async start(folder, { port, memoryGb = 1 } = {}) {
    const files = filesOf(folder);
    mkdirSync(files.conf, { recursive: true });
    writeFileSync(join(files.conf, 'neo4j.conf'), settings(port ?? 7687, memoryGb));
    if (!existsSync(files.password)) setPassword(files);
    // The free port may be taken in between: try again with another.
    for (let attempt = 0; attempt < 3; attempt++) {
      if (await launch(files, port ?? (await freePort()), memoryGb)) return env(folder);
    }
    throw new Error(`Neo4j did not start; see ${files.log}`);
  },

  async stop(folder) {
    const files = filesOf(folder);
    const pid = livePid(files);
    if (pid === undefined) return false;
    process.kill(pid, 'SIGTERM');
    if (!(await until(() => livePid(files) === undefined, STOP_TIMEOUT_MS)))
      throw new Error(`Neo4j (process ${pid}) does not stop; see ${files.log}`);
    rmSync(files.pid, { force: true });
    return true;
  },

  /** For crash tests: no clean-up, as after a loss of power. */
  async kill(folder) {
    const files = filesOf(folder);
    const pid = livePid(files);
    if (pid === undefined) return false;
    process.kill(pid, 'SIGKILL');
    return until(() => livePid(files) === undefined, STOP_TIMEOUT_MS);
  },
};
