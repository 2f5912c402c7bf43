import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { homeId } from '../../ingest/home.ts';
import { temporaryHome } from '../graph/fixtures.ts';

test('a home keeps the id it was given first, and shares it with no other', () => {
  const home = temporaryHome();
  const id = homeId(home);
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
  expect(homeId(home)).toBe(id);
  expect(readdirSync(home)).toEqual(['id']);
  expect(homeId(temporaryHome())).not.toBe(id);
});
