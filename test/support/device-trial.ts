import { generateUsers, type StandInUser } from '../../dev/identity-provider/users.ts';
import type { App } from './app.ts';
import { createDevice } from './devices.ts';
import { createMovingClock } from './moving-clock.ts';
import { startWorld, type World } from './world.ts';

/** Two instances that take device sign-ins, and people for them. */
export interface DeviceTrial {
  world: World;
  app: App;
  other: App;
  /** Asks the first instance. */
  device: ReturnType<typeof createDevice>;
  /** One more; its clock is as far on as everybody's. */
  startInstance(environment?: Record<string, string>): Promise<App>;
  nextUser(): StandInUser;
  /** Lets time pass for both. */
  later(ms: number): Promise<void>;
  /** Requests for a device's tokens so far. */
  tokenCalls(): number;
  /** What the token endpoint answers next. */
  identityProviderAnswers(body: object): void;
  close(): Promise<void>;
}

export async function startDeviceTrial(): Promise<DeviceTrial> {
  const users = [...generateUsers(20)];
  const clock = createMovingClock();
  const world = await startWorld({ users });
  const startInstance = async (environment = {}) => {
    const started = await world.startApp({ queues: false, environment });
    await clock.advance(0, [started]);
    return started;
  };
  const app = await startInstance();
  const other = await startInstance();
  // Makes the data key, which is the first row.
  await fetch(`${app.origin}/login`, { redirect: 'manual' });
  const { faults, tokenCalls } = world.identityProvider;
  return {
    ...{ world, app, other, startInstance, device: createDevice(app.origin) },
    nextUser() {
      const user = users.pop();
      if (!user) throw new Error('there are more tests than users');
      return user;
    },
    later: (ms) => clock.advance(ms, [app, other]),
    tokenCalls: () => tokenCalls.filter(({ grantType }) => grantType === 'device_code').length,
    identityProviderAnswers(body) {
      faults.next(1, { kind: 'answer', status: 400, body });
    },
    async close() {
      clock.restore();
      await world.close();
    },
  };
}
