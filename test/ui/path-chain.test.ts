import { describe, expect, test } from 'vitest';
import type { PathStep } from '../../api/contract/index.ts';
import { chainOf } from '../../ui/ask/path-chain.ts';

const nowhere = {
  document_id: null,
  document_title: null,
  chunk_id: null,
  span: null,
  text: null,
  fact: null,
};
const entity = (label: string): PathStep => ({ ...nowhere, kind: 'entity', id: label, label });
const fact = (label: string): PathStep => {
  const [subject = '', relation = '', object = ''] = label.split(' - ');
  return { ...nowhere, kind: 'fact', id: label, label, fact: { subject, relation, object } };
};

/** "Fram <designed- Colin Archer", entities that only a fact names in brackets. */
function drawn(steps: PathStep[]): string {
  const words = chainOf(steps).map((link) => {
    if (link.kind === 'entity') return link.step ? link.label : `(${link.label})`;
    if (link.kind === 'fact') return link.backwards ? `<${link.relation}-` : `-${link.relation}>`;
    return link.kind === 'gap' ? '/' : 'chunk';
  });
  return words.join(' ');
}

describe('a fact path', () => {
  test('joins entities by the facts between them', () => {
    const steps = [entity('Amundsen'), fact('Amundsen - sailed - Fram'), entity('Fram')];
    expect(drawn(steps)).toBe('Amundsen -sailed> Fram');
  });

  test('turns the arrow where the object was met first', () => {
    const steps = [entity('Fram'), fact('Colin Archer - designed - Fram'), entity('Colin Archer')];
    expect(drawn(steps)).toBe('Fram <designed- Colin Archer');
  });

  test('adds the end that only the fact names', () => {
    expect(drawn([entity('Antarctica'), fact('Amundsen - sailed to - Antarctica')])).toBe(
      'Antarctica <sailed to- (Amundsen)',
    );
  });

  test('shows a gap where two facts do not meet', () => {
    const steps = [
      entity('Fram'),
      fact('Colin Archer - designed - Fram'),
      entity('Nansen'),
      fact('Nansen - born near - Oslo'),
    ];
    expect(drawn(steps)).toBe('Fram <designed- (Colin Archer) / Nansen -born near> (Oslo)');
  });

  test('shows the label of a fact whose names are not known', () => {
    const unnamed = { ...nowhere, kind: 'fact' as const, id: 'f', label: 'A r B' };
    expect(drawn([entity('A'), unnamed, entity('B')])).toBe('A -A r B> B');
  });
});
