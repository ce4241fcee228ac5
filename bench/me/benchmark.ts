import { buildBundle } from '../../build.ts';
import { type Benchmark, numberOptions } from '../lib/benchmark.ts';
import { interleave, subjectsOf } from '../lib/rounds.ts';
import { installPeers } from '../peers/peers.ts';
import { startEntra, startGraph } from '../stubs/services.ts';
import { countedFigures, describe, faultsOf, figuresOf } from './figures.ts';
import { type MeMeasurement, measureMe, type Sizes } from './measure.ts';
import { type Open, type Stubs, subjects } from './subjects.ts';

/** `GET /me` of signed-in users, beside what others do for the same answer. */
export const meBenchmark: Benchmark = {
  options: '[--sessions N] [--requests N]',
  about: 'GET /me, beside a plain proxy and two kinds of Express app',

  async run({ rounds, step, args }) {
    const { sessions, requests } = numberOptions(args, { sessions: 1_000, requests: 4_000 });
    const sizes = sizesOf(sessions, requests);
    await installPeers(step);
    const measured = await withStubs((stubs) =>
      interleave(subjectsOf(subjects, measureWith(stubs, sizes)), { rounds, step }),
    );
    return { figures: figuresOf(measured), table: describe(measured), faults: faultsOf(measured) };
  },

  async check(step) {
    step('Counting requests of /me');
    const product = await withStubs(async (stubs) => [
      await measureWith(stubs, sizesOf(20, 100))(subjects.product),
    ]);
    return { figures: countedFigures(product), table: '', faults: faultsOf({ product }) };
  },
};

function sizesOf(sessions: number, requests: number): Sizes {
  return {
    sessions,
    warmUpSessions: Math.ceil(sessions / 5),
    warmUpRequests: Math.ceil(requests / 2),
    warmRequests: requests,
    singleRequests: Math.ceil(requests / 20),
  };
}

async function withStubs<Result>(measure: (stubs: Stubs) => Promise<Result>): Promise<Result> {
  await buildBundle();
  const stubs = { entra: await startEntra(), graph: await startGraph() };
  try {
    return await measure(stubs);
  } finally {
    await Promise.all([stubs.entra.stop(), stubs.graph.stop()]);
  }
}

function measureWith(stubs: Stubs, sizes: Sizes): (open: Open) => Promise<MeMeasurement> {
  return async (open) => {
    const subject = await open(stubs, sizes.sessions + sizes.warmUpSessions);
    try {
      return await measureMe(subject, stubs, sizes);
    } finally {
      await subject.close();
    }
  };
}
