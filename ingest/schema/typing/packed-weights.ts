/** Weights of a ranker as text: `feature:weight` in base 36, weights in hundredths, separated by blanks. */

export type Weights = readonly (readonly [feature: number, weight: number])[];

export function packWeights(weights: Weights): string {
  return weights
    .map(([feature, weight]) => `${feature.toString(36)}:${Math.round(weight * 100).toString(36)}`)
    .join(' ');
}

export function unpackWeights(text: string): Weights {
  return [...text.matchAll(/(\w+):(-?\w+)/g)].map(([, feature, weight]) => [
    Number.parseInt(feature as string, 36),
    Number.parseInt(weight as string, 36) / 100,
  ]);
}
