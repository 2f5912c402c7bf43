/** Builds one ONNX graph and writes it as a model file (opset 21, IR 10, contrib operators of onnxruntime). */
import { encodeModel } from './schema.ts';

const elementTypes = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7, float16: 10 } as const;
export type ElementType = keyof typeof elementTypes;

/** A size, or the name of a size that is known only when the graph runs. */
export type Dim = number | string;

/** A tensor whose bytes lie in the shared weight file. */
export interface ExternalTensor {
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly location: string;
  readonly offset: number;
  readonly bytes: number;
}

/** Attribute values: plain numbers are integers, floats are marked. */
export type Attribute = number | readonly number[] | string | { readonly float: number };

export interface NodeOptions {
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** `com.microsoft` for contrib operators. */
  readonly domain?: 'com.microsoft';
  /** Names of the results; one fresh name by default. */
  readonly outputs?: readonly string[];
}

export class Graph {
  readonly #nodes: object[] = [];
  readonly #initializers = new Map<string, object>();
  readonly #inputs: object[] = [];
  readonly #outputs: object[] = [];
  #fresh = 0;

  input(name: string, type: ElementType, dims: readonly Dim[]): string {
    this.#inputs.push(valueInfo(name, type, dims));
    return name;
  }

  output(name: string, type: ElementType, dims: readonly Dim[]): void {
    this.#outputs.push(valueInfo(name, type, dims));
  }

  /** Adds an operator and gives the name of its first result. */
  node(opType: string, inputs: readonly string[], options: NodeOptions = {}): string {
    const outputs = options.outputs ?? [`${opType}_${this.#fresh++}`];
    this.#nodes.push({
      input: inputs,
      output: outputs,
      name: outputs[0],
      opType,
      domain: options.domain ?? '',
      attribute: Object.entries(options.attributes ?? {}).map(([name, value]) =>
        attribute(name, value),
      ),
    });
    return outputs[0]!;
  }

  /** A contrib operator of onnxruntime. */
  contrib(
    opType: string,
    inputs: readonly string[],
    attributes: NodeOptions['attributes'] = {},
  ): string {
    return this.node(opType, inputs, { attributes, domain: 'com.microsoft' });
  }

  /** A small constant that is stored in the graph itself; the same name gives the same constant. */
  constant(
    name: string,
    data: Float32Array | Uint8Array | Int8Array | BigInt64Array,
    dims: readonly number[] = [data.length],
  ): string {
    const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.#initializers.set(name, {
      name,
      dims,
      dataType: elementTypes[elementTypeOf(data)],
      rawData,
    });
    return name;
  }

  int64s(name: string, values: readonly number[]): string {
    return this.constant(name, BigInt64Array.from(values, BigInt));
  }

  external(name: string, tensor: ExternalTensor): string {
    const entries = {
      location: tensor.location,
      offset: `${tensor.offset}`,
      length: `${tensor.bytes}`,
    };
    this.#initializers.set(name, {
      name,
      dims: tensor.dims,
      dataType: elementTypes[tensor.type],
      externalData: Object.entries(entries).map(([key, value]) => ({ key, value })),
      dataLocation: 1,
    });
    return name;
  }

  encode(name: string): Uint8Array {
    return encodeModel({
      irVersion: 10,
      producerName: 'graphblend',
      opsetImport: [
        { domain: '', version: 21 },
        { domain: 'com.microsoft', version: 1 },
      ],
      graph: {
        name,
        node: this.#nodes,
        initializer: [...this.#initializers.values()],
        input: this.#inputs,
        output: this.#outputs,
      },
    });
  }
}

function elementTypeOf(data: Float32Array | Uint8Array | Int8Array | BigInt64Array): ElementType {
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof BigInt64Array) return 'int64';
  return data instanceof Int8Array ? 'int8' : 'uint8';
}

function valueInfo(name: string, type: ElementType, dims: readonly Dim[]): object {
  const dim = dims.map((size) =>
    typeof size === 'string' ? { dimParam: size } : { dimValue: size },
  );
  return { name, type: { tensorType: { elemType: elementTypes[type], shape: { dim } } } };
}

function attribute(name: string, value: Attribute): object {
  if (typeof value === 'number') return { name, i: value, type: 2 };
  if (typeof value === 'string') return { name, s: Buffer.from(value), type: 3 };
  if ('float' in value) return { name, f: value.float, type: 1 };
  return { name, ints: value, type: 7 };
}
