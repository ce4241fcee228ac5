import { buildBundle } from '../../build.ts';
import { type Benchmark, numberOptions } from '../lib/benchmark.ts';
import { interleave, subjectsOf } from '../lib/rounds.ts';
import { installPeers } from '../peers/peers.ts';
import { type Stub, startEntra } from '../stubs/services.ts';
import { countedFigures, describe, faultsOf, figuresOf } from './figures.ts';
import { measureRefresh, type RefreshMeasurement } from './measure.ts';
import { type Open, subjects } from './subjects.ts';

/** One refresh by the queue function, beside the least that a refresh can be. */
export const refreshBenchmark: Benchmark = {
  options: '[--users N]',
  about: 'refreshes of the queue function, beside bare POSTs and MSAL in memory',

  async run({ rounds, step, args }) {
    const { users } = numberOptions(args, { users: 1_000 });
    await installPeers(step);
    const measured = await withEntra((entra) =>
      interleave(subjectsOf(subjects, measureWith(entra, users)), { rounds, step }),
    );
    return { figures: figuresOf(measured), table: describe(measured), faults: faultsOf(measured) };
  },

  async check(step) {
    step('Counting requests of a refresh');
    const open = subjects['product, its queue function'];
    const product = await withEntra(async (entra) => [await measureWith(entra, 20)(open)]);
    return { figures: countedFigures(product), table: '', faults: faultsOf({ product }) };
  },
};

async function withEntra<Result>(measure: (entra: Stub) => Promise<Result>): Promise<Result> {
  await buildBundle();
  const entra = await startEntra();
  try {
    return await measure(entra);
  } finally {
    await entra.stop();
  }
}

function measureWith(entra: Stub, users: number): (open: Open) => Promise<RefreshMeasurement> {
  const sizes = { users, warmUpUsers: Math.ceil(users / 5), warmUpPasses: 12 };
  return async (open) => {
    const subject = await open(entra, users + sizes.warmUpUsers);
    try {
      return await measureRefresh(subject, entra, sizes);
    } finally {
      await subject.close();
    }
  };
}
