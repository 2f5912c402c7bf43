/** Names the tests that passed only at their second try: each is a fault of the test or of the product. */
import type { Reporter, TestModule } from 'vitest/node';

export default class FlakyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const flaky = modules.flatMap((module) =>
      [...module.children.allTests()]
        .filter((test) => test.diagnostic()?.flaky)
        .map((test) => `${module.relativeModuleId}: ${test.fullName}`),
    );
    if (flaky.length === 0) return;
    console.log(`\n${flaky.length} passed only when tried again:\n  ${flaky.join('\n  ')}\n`);
  }
}
