/** Entry of a thread that computes one thing over the graph and ends. */
import { parentPort, workerData } from 'node:worker_threads';
import type { FactColumns } from '../../graph/index.ts';
import { runTask, type TaskName } from './tasks.ts';

const { name, columns } = workerData as { name: TaskName; columns: FactColumns };
parentPort!.postMessage(runTask(name, columns));
