/**
 * Runs ONNX graphs synchronously.
 *
 * onnxruntime-node's public API wraps every run in `setImmediate` and a promise. A decoder makes
 * about 50 runs of a few microseconds per token, so this file (alone) uses the package's native binding
 * directly, as its own backend does. Version-sensitive: keep the exact version in the lockfile.
 */
import type { InferenceSession } from 'onnxruntime-node';
import { binding, initOrt } from 'onnxruntime-node/dist/binding.js';
import { EngineError } from './errors.ts';

export interface TensorView {
  readonly type: 'float32' | 'float16' | 'int64';
  readonly data: Float32Array | Uint16Array | BigInt64Array;
  readonly dims: readonly number[];
  readonly location: 'cpu';
}

export type TensorViews = Readonly<Record<string, TensorView>>;

export interface Session {
  /** Reads `inputs` without copying them and writes into the memory of `outputs`. */
  run(inputs: TensorViews, outputs: TensorViews): void;
  close(): void;
}

/** View of a float32 tensor; `data` may be a subarray, but not of a SharedArrayBuffer. */
export function float32(data: Float32Array, dims: readonly number[]): TensorView {
  return { type: 'float32', data, dims, location: 'cpu' };
}

/** View of a float16 tensor, by the bits of its halves. */
export function float16(data: Uint16Array, dims: readonly number[]): TensorView {
  return { type: 'float16', data, dims, location: 'cpu' };
}

export function int64(data: BigInt64Array, dims: readonly number[]): TensorView {
  return { type: 'int64', data, dims, location: 'cpu' };
}

export interface SessionSettings {
  /** Threads of each operator. */
  readonly threads: number;
  /** Avoid saturating int8 products; see int8-saturation.ts. */
  readonly preciseInt8: boolean;
}

/** `path` must be verified before: native code trusts it. */
export function openSession(path: string, settings: SessionSettings): Session {
  return open((session) => session.loadModel(path, sessionOptions(settings)));
}

export function openSessionFromBytes(model: Uint8Array, settings: SessionSettings): Session {
  const { buffer, byteOffset, byteLength } = model;
  return open((session) => {
    session.loadModel(buffer as ArrayBuffer, byteOffset, byteLength, sessionOptions(settings));
  });
}

type NativeSession = InstanceType<typeof binding.InferenceSession>;

function open(load: (session: NativeSession) => void): Session {
  initOrt();
  const session = new binding.InferenceSession();
  translateErrors('load', () => load(session));
  type Feeds = Parameters<NativeSession['run']>[0];
  return {
    run(inputs, outputs) {
      translateErrors('run', () => {
        session.run(inputs as unknown as Feeds, outputs as unknown as Feeds, {});
      });
    },
    close: () => session.dispose(),
  };
}

function translateErrors(verb: string, action: () => void): void {
  try {
    action();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new EngineError(`onnxruntime failed to ${verb} a graph: ${reason}`, {
      fix: 'Check the free memory; if there is enough, this is a bug in Graphblend: please report it.',
      cause,
    });
  }
}

function sessionOptions({
  threads,
  preciseInt8,
}: SessionSettings): InferenceSession.SessionOptions {
  return {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    enableCpuMemArena: false, // arenas of many sessions grow to gigabytes
    enableMemPattern: false,
    graphOptimizationLevel: 'all',
    extra: {
      session: {
        // Many sessions, each with spinning threads of its own, slow each other down tenfold.
        force_spinning_stop: '1',
        x64quantprecision: preciseInt8 ? '1' : '0',
      },
    },
  };
}
