/** `graphblend models check`: what a person wants to know before trusting a checkpoint. */
import { testBlending } from '../../../cache/index.ts';
import {
  compareLogits,
  type DecoderRunner,
  type LoadDecoderOptions,
  GraphblendError,
  loadCrossEncoder,
  loadDecoder,
  loadEmbedder,
  loadTokenizer,
  logitsOf,
  measureFit,
  measureSpeed,
  purposeOf,
  verifyFiles,
  type WeightKind,
} from '../../../engine/index.ts';
import { bytes, dim, green, print, printJson, red } from '../../terminal.ts';
import { loadingBar } from './loading-bar.ts';
import { modelOptions } from './places.ts';

interface Finding {
  readonly name: string;
  readonly ok: boolean;
  readonly found: string;
  readonly fix?: string;
}

export interface CheckOptions {
  readonly weights: WeightKind;
  readonly json?: boolean;
}

export async function check(what: string, options: CheckOptions): Promise<number> {
  const model = modelOptions(what);
  const findings: Finding[] = [];
  const note = (finding: Finding) => {
    findings.push(finding);
    if (options.json) return;
    print(
      `${finding.ok ? green('ok  ') : red('bad ')} ${finding.name.padEnd(10)} ${dim(finding.found)}`,
    );
    if (!finding.ok && finding.fix) print(`     ${finding.fix}`);
  };
  const bar = loadingBar(options.json === true || !process.stderr.isTTY);
  try {
    note(files(model.folder));
    const { purpose, type } = purposeOf(model.folder);
    if (purpose === 'decoder')
      await checkDecoder({ ...model, onProgress: bar.onProgress }, options.weights, note);
    else note(loads(model, purpose, type));
  } catch (error) {
    if (!(error instanceof GraphblendError)) throw error;
    note({ name: 'load', ok: false, found: error.message, fix: error.fix });
  } finally {
    bar.stop();
  }
  const ok = findings.every((finding) => finding.ok);
  if (options.json) printJson({ ok, folder: model.folder, findings });
  return ok ? 0 : 1;
}

function files(folder: string): Finding {
  const { checked, unlisted } = verifyFiles(folder);
  const found =
    checked === 0
      ? 'no SHA256SUMS: damage cannot be noticed (pull the folder to get one)'
      : `${checked} files have their checksums${unlisted > 0 ? `, ${unlisted} are not listed` : ''}`;
  return { name: 'files', ok: true, found };
}

type ModelOptions = ReturnType<typeof modelOptions>;
type DecoderOptions = ModelOptions & Pick<LoadDecoderOptions, 'onProgress'>;

function loads(model: ModelOptions, purpose: 'embedder' | 'cross-encoder', type: string): Finding {
  if (purpose === 'embedder') {
    const embedder = loadEmbedder(model);
    const [vector] = embedder.embed(['The quick brown fox.'], 'passage');
    embedder.close();
    const ok = vector!.every(Number.isFinite);
    const found = `embedder (${type}), ${embedder.dimensions} dimensions, ${embedder.maxTokens} tokens`;
    return { name: 'runs', ok, found };
  }
  const encoder = loadCrossEncoder(model);
  const [score] = encoder.score('Who is quick?', ['The quick brown fox.']);
  encoder.close();
  const found = `cross-encoder (${type}), ${encoder.maxTokens} tokens`;
  return { name: 'runs', ok: Number.isFinite(score), found };
}

async function checkDecoder(
  model: DecoderOptions,
  weights: WeightKind,
  note: (finding: Finding) => void,
): Promise<void> {
  const tokenizer = loadTokenizer(model.folder);
  const exact = loadDecoder({ ...model, weights: 'fp32' });
  const ids = Int32Array.from(tokenizer.encode(sample)).slice(0, exact.config.maxPositions);
  const expected = logitsOf(exact, ids);
  note(describe(exact));
  note(consistency(exact, ids, expected));
  exact.close();
  const runner = loadDecoder({ ...model, weights });
  try {
    if (weights !== 'fp32') note(closeness(runner, ids, expected, weights));
    note(speed(runner, weights));
    const blending = await testBlending(runner, tokenizer);
    note({
      name: 'blending',
      ok: blending.mayBlend,
      found:
        blending.reason ?? `${blending.blendedKl.toFixed(4)} nats from a full read (at most 0.5)`,
      fix: 'Answers will be made by full reads, whatever mode is asked for.',
    });
    note(fit(runner));
  } finally {
    runner.close();
  }
}

const sample =
  'The ship Fram was built by Colin Archer in Larvik in 1892; she is 39 m long. Roald Amundsen took her to the ' +
  'Bay of Whales. Wer baute sie, und wo liegt sie heute? Il a dit : « Bonjour ! » 日本語のテキスト。 Как дела?\n\n' +
  'const total = items.map((x) => x.price * 1.2).reduce((a, b) => a + b, 0); // 3.14\n';

function describe({ config }: DecoderRunner): Finding {
  const windows = config.attention.filter(({ window }) => window !== undefined).length;
  const parts = [
    config.modelType,
    `${config.layers} layers`,
    `${config.maxPositions} tokens`,
    ...(windows > 0 ? [`${windows} layers with a window`] : []),
  ];
  return { name: 'model', ok: true, found: parts.join(', ') };
}

/** The same text in one piece and in pieces has to give the same logits. */
function consistency(runner: DecoderRunner, ids: Int32Array, expected: Float32Array): Finding {
  const { largest } = compareLogits(expected, logitsOf(runner, ids, 7), runner.config.vocabSize);
  const found = `in pieces as at once: logits differ by at most ${largest.toExponential(1)} (fp32)`;
  const fix = 'This is a bug of the engine: please report it with the name of the model.';
  return { name: 'exact', ok: largest < 1e-2, found, fix };
}

/** A tenth of a nat is what blending costs in balanced mode; weights should cost less than that. */
const mostKl = 0.1;

function closeness(
  runner: DecoderRunner,
  ids: Int32Array,
  expected: Float32Array,
  weights: WeightKind,
): Finding {
  const { vocabSize } = runner.config;
  const { kl, sameBest } = compareLogits(expected, logitsOf(runner, ids), vocabSize);
  return {
    name: 'weights',
    ok: kl <= mostKl,
    found: `${weights}: ${kl.toFixed(4)} nats from fp32 (at most ${mostKl}), best token the same at ${Math.round(100 * sameBest)}%`,
    fix: 'Use int8-block or fp32 weights for this model (GRAPHBLEND_WEIGHTS).',
  };
}

function speed(runner: DecoderRunner, weights: WeightKind): Finding {
  const { promptTokens, readPerSecond, writePerSecond } = measureSpeed(runner);
  const found = `${weights}: reads ${Math.round(readPerSecond)} tokens/s (prompt of ${promptTokens}), writes ${writePerSecond.toFixed(1)} tokens/s`;
  return { name: 'speed', ok: true, found };
}

function fit(runner: DecoderRunner): Finding {
  const { residentBytes, freeBytes, sequenceBytes } = measureFit(runner.config);
  return {
    name: 'memory',
    ok: freeBytes > 2 * sequenceBytes,
    found: `${bytes(residentBytes)} in use with the model, ${bytes(sequenceBytes)} for a long sequence, ${bytes(freeBytes)} free`,
    fix: 'Free memory, choose smaller weights (int8-row, int4-block) or a smaller model.',
  };
}
