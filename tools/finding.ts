/** What one check found. */
export interface Finding {
  /** What it looked at, in words. */
  summary: string;
  /** What is wrong and what to do, a line each. */
  problems: string[];
}

/** Prints what checks find, and counts. */
export function startReport() {
  let [passed, failed] = [0, 0];
  return {
    add(name: string, { summary, problems }: Finding): void {
      console.log(`${name}: ${summary}, ${problems.length === 0 ? 'ok' : 'FAILED'}`);
      for (const problem of problems) console.log(`  ${problem}`);
      if (problems.length === 0) passed += 1;
      else failed += 1;
    },
    /** Counts as failed what could not be looked at. */
    fail(): void {
      failed += 1;
    },
    /** The last line, and the process's exit code. */
    end(what: string): void {
      console.log(`${what}: ${passed} passed, ${failed} failed`);
      process.exitCode = failed === 0 ? 0 : 1;
    },
  };
}
