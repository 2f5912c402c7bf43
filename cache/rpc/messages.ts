/** What crosses the border between the engine's thread and its callers. */

export interface RpcRequest {
  readonly id: number;
  readonly method: string;
  readonly params: unknown;
  /** One Int32 in shared memory; not 0 means cancelled. Seen even while the engine's thread is busy. */
  readonly cancel: SharedArrayBuffer;
}

export interface RpcError {
  readonly name: string;
  readonly message: string;
  readonly code: string;
  readonly fix: string;
  /** Where it arose, for the log. */
  readonly stack: string | undefined;
}

export type RpcReply =
  | { readonly id: number; readonly kind: 'event'; readonly event: unknown }
  | { readonly id: number; readonly kind: 'result'; readonly result: unknown }
  | { readonly id: number; readonly kind: 'error'; readonly error: RpcError };

/** A MessagePort, a Worker or `parentPort`: what their two `on` methods have in common. */
export interface RpcPort {
  postMessage(message: unknown): void;
  // oxlint-disable-next-line typescript/no-explicit-any -- the last overload of both `on` methods says any
  on(event: string | symbol, listener: (...args: any[]) => void): unknown;
}
