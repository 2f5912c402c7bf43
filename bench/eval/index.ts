/**
 * `graphblend eval <what>`: measures a part of the product on data in a public form, here or on any set of the same
 * kind. Each measure is a folder beside this file; its modules are loaded only when it runs.
 */
import type { Command } from 'commander';
import { addBlendEval } from './blend/index.ts';
import { addDocredEval } from './docred/index.ts';
import { addOpenieEval } from './openie/index.ts';
import { addReaderEval } from './reader/index.ts';
import { addRetrievalEval } from './retrieval/index.ts';
import { addTriplesEval } from './triples/index.ts';

export function addEvalCommands(parent: Command): void {
  parent.description('measure retrieval, extraction, answers and blending on a data set');
  addReaderEval(parent);
  addRetrievalEval(parent);
  addOpenieEval(parent);
  addDocredEval(parent);
  addTriplesEval(parent);
  addBlendEval(parent);
}
