/** Which errors say something about the machine and nothing about the document. */
import { EngineError, GraphblendError } from '../engine/index.ts';

/** A full or failing disk, or a database that others hold: all may pass. */
const STORAGE = /^(SQLITE_(FULL|IOERR|BUSY)|(ENOSPC|EDQUOT|EIO)$)/;

const RESTARTING = 'engine_restarting';

/** Looks through causes too: stores wrap what the file system tells them. */
export function isStorageFault(error: unknown): boolean {
  for (let each = error; each instanceof Error; each = each.cause) {
    if ('code' in each && typeof each.code === 'string' && STORAGE.test(each.code)) return true;
  }
  return false;
}

/** A fault in the engine, or its end. By code: an error that crossed processes is of another class. */
export function isEngineFault(error: unknown): boolean {
  if (!(error instanceof GraphblendError)) return false;
  return error.code === 'engine_error' || error.code === RESTARTING;
}

/** The engine has ended: nothing will go better until it, or the server, is started again. */
export function isEngineGone(error: unknown): boolean {
  if (!isEngineFault(error)) return false;
  return error instanceof EngineError || (error as GraphblendError).code === RESTARTING;
}
