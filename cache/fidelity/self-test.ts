/**
 * Before a model may blend, it has to show that it can: on a small text, recomputing every row must equal a full
 * prefill, and blending must stay near it. Where it does not (a layout that was read wrongly, a model that leans on
 * what blending leaves stale), answers are made by full prefill, and the product says so.
 */
import { directStepper, type DecoderRunner, type Tokenizer } from '../../engine/index.ts';
import { blend, type BlendBudget } from '../blender.ts';
import { computeChunks, encodeKv, type RawKv } from '../chunk-encoder.ts';
import { layersOf, type EncodedKv } from '../chunk-kv.ts';
import type { KvCodec } from '../codecs/index.ts';
import type { PromptTemplate } from '../prompt.ts';
import { planPrompt } from '../prompt-plan.ts';
import { divergence } from './distance.ts';

export interface SelfTest {
  /** False: answers are made by full prefill whatever mode is asked for. */
  readonly mayBlend: boolean;
  /** KL from full prefill of a prompt whose rows were all recomputed, and of one blended in balanced mode; nats. */
  readonly recomputedKl: number;
  readonly blendedKl: number;
  readonly reason: string | undefined;
}

export interface SelfTestParts {
  readonly runner: DecoderRunner;
  readonly tokenizer: Tokenizer;
  readonly template: PromptTemplate;
  readonly prefix: RawKv;
  readonly codec: KvCodec;
  readonly budget: BlendBudget;
}

/** Rounding alone stays four orders of magnitude below. */
const MOST_RECOMPUTED_KL = 1e-3;
/** Half a nat: the answer's first token is another one more often than not. Sound models stay below a tenth of it. */
const MOST_BLENDED_KL = 0.5;

const TEXTS = [
  'Voyages\nThe Fram was built by Colin Archer at Larvik. Fridtjof Nansen sailed her into the ice in 1893.\n\n',
  'Captains\nOtto Sverdrup was the captain of the Fram on both of her voyages to the north.\n\n',
  'South\nIn 1910 Roald Amundsen took the Fram, which Nansen had lent him, to the Bay of Whales.\n\n',
];
const QUESTION = 'Who lent the ship that Colin Archer built?';

export async function selfTest(parts: SelfTestParts): Promise<SelfTest> {
  const plan = testPlan(parts);
  const stored = new Map<string, EncodedKv>();
  const raw = computeChunks(
    parts.runner,
    parts.prefix,
    plan.chunks.map(({ ids }) => ids),
  );
  for (const [i, { key }] of plan.chunks.entries()) {
    const kv = encodeKv(parts.runner, raw[i]!, parts.codec);
    if (kv) stored.set(key, kv);
  }
  if (stored.size < plan.chunks.length) {
    return refused(0, 0, `its keys and values cannot be stored as ${parts.codec.name}`);
  }
  const logits = async (budget: BlendBudget): Promise<Float32Array> => {
    const sequence = parts.runner.newSequence(plan.length);
    try {
      const blended = await blend(sequence, {
        ...parts,
        plan,
        budget,
        source: { open: (key) => stored.get(key) && layersOf(stored.get(key)!) },
        step: directStepper(parts.runner),
        turn: async (slice) => slice(),
        lap: () => undefined,
        isCancelled: () => false,
      });
      return blended.logits;
    } finally {
      sequence.release();
    }
  };
  const full = await logits({ policy: 'full', share: 1 });
  const recomputedKl = divergence(full, await logits({ policy: 'graph', share: 1 }));
  const blendedKl = divergence(full, await logits(parts.budget));
  return verdict(recomputedKl, blendedKl);
}

function testPlan({ tokenizer, template }: SelfTestParts) {
  const chunks = TEXTS.map((text, i) => {
    const ids = Int32Array.from(tokenizer.encode(text));
    return { id: `${i}`, key: `${i}`, ids, focus: new Float32Array(ids.length) };
  });
  return planPrompt(template.prefixIds, chunks, template.suffixIds(QUESTION));
}

/** A number that is no number passes no test. */
function verdict(recomputedKl: number, blendedKl: number): SelfTest {
  if (!(recomputedKl <= MOST_RECOMPUTED_KL)) {
    const reason = `recomputing every row is ${recomputedKl.toFixed(4)} nats from a full prefill, expected at most ${MOST_RECOMPUTED_KL}`;
    return refused(recomputedKl, blendedKl, reason);
  }
  if (!(blendedKl <= MOST_BLENDED_KL)) {
    const reason = `blending is ${blendedKl.toFixed(2)} nats from a full prefill, expected at most ${MOST_BLENDED_KL}`;
    return refused(recomputedKl, blendedKl, reason);
  }
  return { mayBlend: true, recomputedKl, blendedKl, reason: undefined };
}

function refused(recomputedKl: number, blendedKl: number, reason: string): SelfTest {
  return { mayBlend: false, recomputedKl, blendedKl, reason };
}
