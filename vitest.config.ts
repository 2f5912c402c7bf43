import { defineConfig } from 'vitest/config';

const ci = process.env.CI === 'true';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['test/support/properties.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Native modules (onnxruntime, better-sqlite3, hnswlib) are happiest in processes of their own.
    pool: 'forks',
    maxWorkers: 2,
    // A second try where nobody can run it again; what needed one is named at the end.
    retry: ci ? 1 : 0,
    reporters: ci ? ['default', 'json', './test/support/flaky-reporter.ts'] : ['default'],
    outputFile: ci ? { json: 'test-results.json' } : undefined,
  },
});
