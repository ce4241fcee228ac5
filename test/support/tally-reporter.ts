import type { Reporter, TestModule } from 'vitest/node';

/** Closes a run with one line for each project: `faults: 12 passed, 0 failed`. */
export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const projects = Map.groupBy(modules, ({ project }) => project.name);
    for (const [name, of] of projects) {
      const tests = of.flatMap(({ children }) => [...children.allTests()]);
      const passed = tests.filter((test) => test.ok() && test.result().state === 'passed').length;
      const skipped = tests.filter((test) => test.result().state === 'skipped').length;
      // A file that could not be run has failed, whatever it would have held.
      const broken =
        of.filter((module) => !module.ok()).length > 0 && passed + skipped === tests.length;
      const failed = tests.length - passed - skipped + (broken ? 1 : 0) + errors.length;
      console.log(
        `${name}: ${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
      );
    }
  }
}
