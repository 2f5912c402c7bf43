/** BERT, RoBERTa and XLM-RoBERTa: post-norm layers over word, position and type embeddings. */
import type { BertConfig } from '../checkpoint/encoder-config.ts';
import { attendAll, dense, type EncoderState, layerNorm, shapeAfterIds } from './encoder-parts.ts';
import { activation, linear } from './linear.ts';

/**
 * ids [batch, length] and the input `position` [length] -> hidden states [batch, length, hidden].
 * @param types the type of each token, [batch, length]; all are of type 0 without it
 */
export function bertStates(
  state: EncoderState<BertConfig>,
  ids: string,
  types: string | undefined,
): string {
  const { graph, config } = state;
  let x = embeddings(state, ids, types); // [batch * length, hidden]
  const byHead = shapeAfterIds(graph, ids, 'by_head', [
    config.heads,
    config.hiddenSize / config.heads,
  ]);
  for (let layer = 0; layer < config.layers; layer++) x = bertLayer(state, x, byHead, layer);
  return graph.node('Reshape', [x, shapeAfterIds(graph, ids, 'hidden', [config.hiddenSize])]);
}

/** word + token type + position, normalised, as [batch * length, hidden]. */
function embeddings(
  state: EncoderState<BertConfig>,
  ids: string,
  types: string | undefined,
): string {
  const { graph, config, source, prefix } = state;
  const { hiddenSize, vocabSize, tokenTypes, positions, firstPosition } = config;
  const table = (name: string, rows: number) =>
    source.tensors.read(`${prefix}embeddings.${name}.weight`, [rows, hiddenSize]);
  const words = source.file.append(
    'float32',
    [vocabSize, hiddenSize],
    table('word_embeddings', vocabSize),
  );
  const places = source.file.append(
    'float32',
    [positions, hiddenSize],
    table('position_embeddings', firstPosition + positions).subarray(firstPosition * hiddenSize),
  );
  const allTypes = table('token_type_embeddings', tokenTypes);
  const type =
    types === undefined
      ? graph.constant('token_type', allTypes.slice(0, hiddenSize))
      : graph.node('Gather', [
          graph.constant('token_types', allTypes, [tokenTypes, hiddenSize]),
          types,
        ]); // [batch, length, hidden]
  const position = graph.input('position', 'int64', ['length']);
  const word = graph.node('Gather', [graph.external('words', words), ids]); // [batch, length, hidden]
  const typed = graph.node('Add', [word, type]);
  const place = graph.node('Gather', [graph.external('positions', places), position]); // [length, hidden]
  const flat = graph.int64s('flat', [-1, hiddenSize]);
  const all = graph.node('Reshape', [graph.node('Add', [typed, place]), flat]);
  return layerNorm(state, all, `${prefix}embeddings.LayerNorm`);
}

/** x [batch * length, hidden] -> the same shape. */
function bertLayer(
  state: EncoderState<BertConfig>,
  x: string,
  byHead: string,
  layer: number,
): string {
  const { graph, config, prefix } = state;
  const { hiddenSize, ffnSize } = config;
  const name = `encoder.layer.${layer}`;
  const attended = attendAll(state, queriesKeysValues(state, x, `${prefix}${name}`), byHead);
  const projected = dense(
    state,
    `${name}.attention.output.dense`,
    attended,
    hiddenSize,
    hiddenSize,
  );
  const y = layerNorm(
    state,
    graph.node('Add', [projected, x]),
    `${prefix}${name}.attention.output.LayerNorm`,
  );
  const inner = graph.node('Gelu', [
    dense(state, `${name}.intermediate.dense`, y, hiddenSize, ffnSize),
  ]);
  const outer = dense(state, `${name}.output.dense`, inner, ffnSize, hiddenSize);
  return layerNorm(state, graph.node('Add', [outer, y]), `${prefix}${name}.output.LayerNorm`);
}

function queriesKeysValues(
  { graph, config, source }: EncoderState<BertConfig>,
  x: string,
  layer: string,
): string[] {
  const { hiddenSize } = config;
  const module = `${layer}.attention.self`;
  const qkv = linear(
    graph,
    source,
    activation(graph, x, hiddenSize),
    ['query', 'key', 'value'].map((part) => ({ module: `${module}.${part}`, outSize: hiddenSize })),
  ); // [batch * length, 3 hidden]
  const parts = ['q', 'k', 'v'].map((part) => `${module}.${part}`);
  graph.node('Split', [qkv, graph.int64s('qkv_sizes', [hiddenSize, hiddenSize, hiddenSize])], {
    attributes: { axis: -1 },
    outputs: parts,
  });
  return parts;
}
