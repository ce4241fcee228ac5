import type { RefreshPolicy } from '../../src/lib/auth/refresh/schedule.ts';
import { days, hours, minutes } from './clock.ts';

/** The default settings, and no chance. */
export const refreshPolicy: RefreshPolicy = {
  leadMs: 15 * minutes,
  hotMs: 24 * hours,
  keepAliveMs: 30 * days,
  retainMs: 0,
  budgetPerSecond: 50,
  random: () => 0,
};

/** A client of the identity provider that may ask for one scope. */
export const testClient = { clientId: 'client', scopes: ['User.Read'] };

export const sessionPolicy = { idleMs: 8 * hours, maxMs: 7 * days };
