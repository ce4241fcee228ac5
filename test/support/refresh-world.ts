import type { App } from './app.ts';
import { createMovingClock, type MovingClock } from './moving-clock.ts';
import { startWorld, type World } from './world.ts';

/** An app whose access tokens are soon due for refresh, and the clock that makes them so. */
export interface RefreshWorld {
  world: World;
  app: App;
  clock: MovingClock;
  close(): Promise<void>;
}

export async function startRefreshWorld(): Promise<RefreshWorld> {
  const clock = createMovingClock();
  const world = await startWorld({ accessTokenSeconds: 6 * 60 });
  const app = await world.startApp();
  const close = async () => {
    clock.restore();
    await world.close();
  };
  return { world, app, clock, close };
}
