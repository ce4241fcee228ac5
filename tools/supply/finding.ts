/** What one check found. */
export interface Finding {
  /** What it looked at, in words. */
  summary: string;
  /** What is wrong and what to do, a line each. */
  problems: string[];
}
