/** Two spellings of one name are compared without case, spaces and underscores. */
export function plainForm(name: string): string {
  return name.replaceAll(/[\s_]+/gu, '').toLowerCase();
}
