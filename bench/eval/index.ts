/**
 * `graphblend eval <what>`: measures a part of the product on data in a public form, here or on any set of the same
 * kind. Each measure is a folder beside this file; its modules are loaded only when it runs.
 */
import type { Command } from 'commander';

export function addEvalCommands(parent: Command): void {
  parent.description('measure retrieval, extraction, answers and blending on a data set');
}
