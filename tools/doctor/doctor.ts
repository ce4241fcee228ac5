/** Finds out what is wrong with a configuration: `npm run doctor`. */
import { parseArgs } from 'node:util';
import { startProgress } from '../progress.ts';
import { readSettings, settingsHelp } from '../settings.ts';
import { usageProblem } from '../usage-error.ts';
import { examine } from './examine.ts';
import { describeFailure } from './failure.ts';
import { describeReport, type Report } from './report.ts';

const help = `npm run doctor -- [--json] [--settings FILE]

Looks at everything that the app needs: its settings, Entra ID, Graph, storage, keys and the timer.
Says of each what is wrong, and what to do next. It asks Entra for a token of the app and, if device sign-in
is on, for a device code, which it drops. It writes a row into each table and a message into the
queue, and deletes them; what the app makes at its first use, it makes. No secret is printed.

  --json           one JSON object: {ok, settings, checks: [{name, status, detail, mend}]}
${settingsHelp}
  --help           this

Exit code: 0, also with warnings; 1 if a check has failed; 2 if it was called wrongly.`;

async function doctor(): Promise<number> {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      settings: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  const settings = readSettings(values.settings);
  const progress = startProgress();
  const checks = await examine(settings.values, progress.show).finally(progress.end);
  const ok = checks.every(({ status }) => status !== 'failed');
  const report: Report = { ok, settings: settings.source, checks };
  console.log(values.json ? JSON.stringify(report) : describeReport(report));
  return ok ? 0 : 1;
}

process.exitCode = await doctor().catch((error: unknown) => {
  const problem = usageProblem(error);
  console.error(problem ?? describeFailure(error));
  if (problem === undefined) return 1;
  console.error('npm run doctor -- --help says how it is called.');
  return 2;
});
