/** What crosses the border between the engine's process and its callers. */

export interface RpcRequest {
  readonly id: number;
  readonly method: string;
  readonly params: unknown;
}

/** The caller of the request `id` has given up. */
export interface RpcCancel {
  readonly cancel: number;
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

/** A MessagePort, or one end of a process's channel. */
export interface RpcPort {
  postMessage(message: unknown): void;
  // oxlint-disable-next-line typescript/no-explicit-any -- the last overload of both `on` methods says any
  on(event: string | symbol, listener: (...args: any[]) => void): unknown;
}
