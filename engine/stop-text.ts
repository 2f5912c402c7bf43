/** Ends a stream of text before the first of some strings; never shows a part of one that turns out to be it. */

export interface StopText {
  /** What of the text so far can be shown now. */
  push(text: string): string;
  /** What was held back, when no more comes. */
  end(): string;
  readonly isStopped: boolean;
}

/** @param stops none of them empty */
export function stopAt(stops: readonly string[]): StopText {
  if (stops.includes('')) throw new RangeError('a stop string is empty');
  let held = '';
  let isStopped = false;
  const release = (text: string): string => {
    held = '';
    return text;
  };
  return {
    push(text) {
      if (isStopped) return '';
      held += text;
      const found = firstOf(stops, held);
      isStopped = found >= 0;
      if (isStopped) return release(held.slice(0, found));
      const shown = held.slice(0, held.length - longestBeginning(stops, held));
      held = held.slice(shown.length);
      return shown;
    },
    end: () => release(held),
    get isStopped() {
      return isStopped;
    },
  };
}

/** Where the first stop string begins, -1 for none. */
function firstOf(stops: readonly string[], text: string): number {
  const found = stops.map((stop) => text.indexOf(stop)).filter((at) => at >= 0);
  return found.length === 0 ? -1 : Math.min(...found);
}

/** Length of the longest end of `text` with which a stop string may begin. */
function longestBeginning(stops: readonly string[], text: string): number {
  const lengths = stops.map((stop) => {
    let length = Math.min(stop.length - 1, text.length);
    while (length > 0 && !text.endsWith(stop.slice(0, length))) length--;
    return length;
  });
  return Math.max(0, ...lengths);
}
