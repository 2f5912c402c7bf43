/** A worker process to be killed: takes one job, says so on stdout, and never ends it. */

import { openForTest, type QueueAddress } from './queue-open.ts';

const address = JSON.parse(process.argv[2] ?? '{}') as QueueAddress;

openForTest(address).work(
  async ({ jobId }) => {
    process.stdout.write(`started ${jobId}\n`);
    await new Promise(() => {});
  },
  { concurrency: 1 },
);
