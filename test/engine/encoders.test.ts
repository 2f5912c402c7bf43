/** Encoders beyond BERT against sentence-transformers: ModernBERT and XLM-RoBERTa, as embedders and as cross-encoders. */
import { afterAll, describe, expect, it } from 'vitest';
import { loadCrossEncoder, loadEmbedder, UnsupportedCheckpointError } from '../../engine/index.ts';
import { openCheckpointFolder } from '../../engine/checkpoint/folder.ts';
import { openTokenizer } from '../../engine/tokenizer.ts';
import { fixture, maxDifference, readFixtureJson, temporaryFolder } from './support/fixtures.ts';
import { copyOf, editJson } from './support/folders.ts';

interface EmbedderGolden {
  readonly rows: readonly {
    readonly text: string;
    readonly query: readonly number[];
    readonly passage: readonly number[];
  }[];
  readonly ids: readonly (readonly number[])[];
}

type PairGolden = readonly {
  readonly question: string;
  readonly passage: string;
  readonly ids: readonly number[];
  readonly logit: number;
}[];

const cacheDir = temporaryFolder();

function load(folder: string) {
  const embedder = loadEmbedder({ folder, cacheDir, threads: 1, length: 'as saved' });
  afterAll(() => embedder.close());
  return embedder;
}

/** The largest difference from the golden vectors of either kind. */
function distance(folder: string, golden: EmbedderGolden): number {
  const embedder = load(folder);
  const texts = golden.rows.map(({ text }) => text);
  const kinds = ['query', 'passage'] as const;
  const differences = kinds.flatMap((kind) =>
    embedder.embed(texts, kind).map((vector, i) => maxDifference(vector, golden.rows[i]![kind])),
  );
  return Math.max(...differences);
}

describe.each(['modernbert', 'xlm-roberta'])('the embedder %s', (name) => {
  const golden = readFixtureJson<EmbedderGolden>(name, 'golden.json');

  it('gives the vectors of sentence-transformers, with its pooling, prompts and length', () => {
    expect(distance(fixture(name), golden)).toBeLessThan(1e-4);
  });

  it('has the token ids of the reference', () => {
    const tokenizer = openTokenizer(openCheckpointFolder(fixture(name)));
    golden.rows.forEach(({ text }, i) =>
      expect(tokenizer.encodeFramed(text, 40)).toEqual(golden.ids[i]),
    );
  });

  it('gives vectors of length 1 to the indices, whatever the checkpoint does', () => {
    const embedder = loadEmbedder({ folder: fixture(name), cacheDir, threads: 1 });
    const [vector] = embedder.embed(['a fox'], 'query');
    expect(vector!.reduce((sum, value) => sum + value * value, 0)).toBeCloseTo(1, 5);
    embedder.close();
  });
});

describe('ModernBERT', () => {
  const golden = readFixtureJson<EmbedderGolden>('modernbert', 'golden.json');

  it('is the same model in the configuration of transformers 4.x', () => {
    const folder = copyOf('modernbert');
    editJson(folder, 'config.json', (config) => {
      for (const key of ['rope_parameters', 'layer_types']) delete config[key];
      Object.assign(config, { global_rope_theta: 9000, local_rope_theta: 300 });
    });
    expect(load(folder).fingerprint).toBe(load(fixture('modernbert')).fingerprint);
  });

  it.each([
    { local_attention: 10 },
    { norm_eps: 1e-5 },
    { layer_types: ['full_attention', 'full_attention', 'full_attention', 'sliding_attention'] },
    {
      rope_parameters: {
        full_attention: { rope_theta: 8e3 },
        sliding_attention: { rope_theta: 300 },
      },
    },
    {
      rope_parameters: {
        full_attention: { rope_theta: 9e3 },
        sliding_attention: { rope_theta: 350 },
      },
    },
  ])('with %j gives other vectors: the golden ones would notice', (change) => {
    const folder = copyOf('modernbert');
    editJson(folder, 'config.json', (config) => Object.assign(config, change));
    expect(distance(folder, golden)).toBeGreaterThan(5e-4);
  });

  it.each<[Record<string, unknown>, string]>([
    [{ hidden_activation: 'relu' }, 'hidden_activation'],
    [{ attention_window: 4 }, 'attention_window'],
    [{ layer_types: ['chunked_attention'] }, 'layer_types'],
    [{ mlp_bias: false }, 'layers.0.mlp.Wi.bias'],
  ])('with %j is refused by the name of the key', (change, key) => {
    const folder = copyOf('modernbert');
    editJson(folder, 'config.json', (config) => Object.assign(config, change));
    expect(() => load(folder)).toThrow(UnsupportedCheckpointError);
    expect(() => load(folder)).toThrow(`"${key}"`);
  });
});

describe('pooling by the last token', () => {
  it('takes the state of the last token, the separator', () => {
    const folder = copyOf('modernbert');
    editJson(folder, '1_Pooling/config.json', (json) =>
      Object.assign(json, { pooling_mode: 'lasttoken' }),
    );
    editJson(folder, 'config.json', (config) => Object.assign(config, { local_attention: 126 }));
    const last = load(folder).embed(['a'], 'passage')[0]!;
    editJson(folder, '1_Pooling/config.json', (json) =>
      Object.assign(json, { pooling_mode: 'cls' }),
    );
    const first = load(folder).embed(['a'], 'passage')[0]!;
    editJson(folder, '1_Pooling/config.json', (json) =>
      Object.assign(json, { pooling_mode: 'mean' }),
    );
    const mean = load(folder).embed(['a'], 'passage')[0]!;
    expect(maxDifference(last, first)).toBeGreaterThan(0.01);
    expect(maxDifference(last, mean)).toBeGreaterThan(0.01);
  });
});

describe.each(['modernbert-reranker', 'xlm-roberta-reranker'])('the cross-encoder %s', (name) => {
  const golden = readFixtureJson<PairGolden>(name, 'golden.json');
  const model = loadCrossEncoder({ folder: fixture(name), cacheDir, threads: 1 });
  afterAll(() => model.close());

  it('gives the logits of the reference', () => {
    for (const { question, passage, logit } of golden) {
      expect(Math.abs(model.score(question, [passage])[0]! - logit)).toBeLessThan(1e-4);
    }
  });

  it('frames pairs as the reference does, and cuts only the passage', () => {
    const tokenizer = openTokenizer(openCheckpointFolder(fixture(name)));
    for (const { question, passage, ids } of golden)
      expect(tokenizer.encodePair(question, passage, 40).ids).toEqual(ids);
    expect(golden.some(({ ids }) => ids.length === 40)).toBe(true);
  });
});
