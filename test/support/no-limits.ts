import type { CallLimit, Core } from '../../src/lib/auth/core.ts';

const unlimited: CallLimit = async () => async () => {};

/** Anybody may call as often as they like. */
export const noLimits: Core['limits'] = {
  redemptions: unlimited,
  deviceStarts: unlimited,
  frontChannelSignOuts: unlimited,
};

/** Lets every token call through. */
export const openGate: Core['gate'] = {
  enter: async () => undefined,
  spend: () => {},
  leave: () => {},
  isOpen: () => false,
};
