/** Traces of chunk uses, as retrieval makes them: each question asks for a handful of chunks. Seeded. */

export interface Chunk {
  readonly key: string;
  readonly bytes: number;
  /** Milliseconds to compute it again. */
  readonly cost: number;
  /** Centrality in the graph: what may be known before any use. */
  readonly prior: number;
}

export interface Trace {
  readonly name: string;
  readonly uses: readonly Chunk[];
}

export interface TraceOptions {
  readonly chunks: number;
  readonly uses: number;
  readonly seed: number;
}

/** mulberry32. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function allTraces(options: TraceOptions): Trace[] {
  return [zipf(options), shiftingHotspot(options), scanFlood(options), bursty(options)];
}

/** Popularity falls as 1 / rank^0.9 and never changes. */
export function zipf({ chunks, uses, seed }: TraceOptions): Trace {
  const random = seededRandom(seed);
  const draw = zipfSampler(chunks, 0.9, random);
  const all = makeChunks('z', chunks, random);
  return { name: 'Zipf', uses: times(uses, () => all[draw()]!) };
}

/** The same popularity, but who is popular changes: a tenth of the ranks is dealt anew ten times. */
function shiftingHotspot({ chunks, uses, seed }: TraceOptions): Trace {
  const random = seededRandom(seed + 1);
  const draw = zipfSampler(chunks, 0.9, random);
  const all = makeChunks('h', chunks, random);
  const order = all.map((_, i) => i);
  const period = Math.floor(uses / 10);
  const made = times(uses, (i) => {
    if (i > 0 && i % period === 0) {
      // The most popular tenth changes places with chunks from anywhere.
      for (let rank = 0; rank < chunks / 10; rank++) {
        const other = Math.floor(random() * chunks);
        [order[rank], order[other]] = [order[other]!, order[rank]!];
      }
    }
    return all[order[draw()]!]!;
  });
  return { name: 'shifting hotspot', uses: made };
}

/** Zipf, and now and then somebody reads through a whole document set once. */
function scanFlood({ chunks, uses, seed }: TraceOptions): Trace {
  const random = seededRandom(seed + 2);
  const draw = zipfSampler(chunks, 0.9, random);
  const all = makeChunks('s', chunks, random);
  const made: Chunk[] = [];
  let scans = 0;
  while (made.length < uses) {
    if (random() < 4 / chunks) {
      made.push(...makeChunks(`scan${scans++}-`, Math.floor(chunks / 4), random));
    } else made.push(all[draw()]!);
  }
  return { name: 'scan flood', uses: made.slice(0, uses) };
}

/** Conversations: a few chunks are used many times within a while, then hardly ever; a steady part lies below. */
function bursty({ chunks, uses, seed }: TraceOptions): Trace {
  const random = seededRandom(seed + 3);
  const draw = zipfSampler(chunks, 0.6, random);
  const all = makeChunks('b', chunks, random);
  let topics: { chunks: Chunk[]; left: number }[] = [];
  const made = times(uses, () => {
    topics = topics.filter((topic) => topic.left-- > 0);
    if (topics.length < 12 && random() < 0.05) {
      const members = times(6 + Math.floor(random() * 10), () => all[draw()]!);
      topics.push({ chunks: members, left: 200 + Math.floor(random() * 1500) });
    }
    if (topics.length === 0 || random() < 0.2) return all[draw()]!;
    const topic = topics[Math.floor(random() * topics.length)]!;
    return topic.chunks[Math.floor(random() * topic.chunks.length)]!;
  });
  return { name: 'bursty', uses: made };
}

/** Chunks of 40 to 500 tokens. Prefill is linear in the tokens plus attention, and starting a step costs too. */
function makeChunks(name: string, count: number, random: () => number): Chunk[] {
  return times(count, (i) => {
    const tokens = Math.round(40 * (500 / 40) ** random());
    const cost = 4 + tokens * 1.2 + tokens ** 2 / 2500;
    return { key: `${name}${i}`, bytes: tokens * 6144, cost, prior: 0 };
  });
}

/** Ranks 0.. with probability proportional to 1 / (rank + 1)^exponent. */
function zipfSampler(count: number, exponent: number, random: () => number): () => number {
  const sums = new Float64Array(count);
  let sum = 0;
  for (let rank = 0; rank < count; rank++) sums[rank] = sum += (rank + 1) ** -exponent;
  return () => {
    const wanted = random() * sum;
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle]! < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

function times<T>(count: number, make: (i: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => make(i));
}
