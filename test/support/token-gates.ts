import {
  createTokenGate,
  type GateFault,
  type GateOptions,
} from '../../src/lib/auth/refresh/gate.ts';
import { classifyFault, type TokenFault } from '../../src/lib/auth/tokens/token-fault.ts';
import type { Flow } from '../../src/lib/auth/user.ts';
import { createManualClock } from './clock.ts';
import { createRecordingLog } from './recording-log.ts';
import { tokenFault } from './token-faults.ts';

/** A gate for ten token calls a second, and what it tells. */
export function createGuarding(options: Partial<GateOptions> = {}) {
  const clock = createManualClock();
  const log = createRecordingLog();
  /** Clients that were reported as refused until a time; undefined: no longer. */
  const reports: [Flow, number | undefined][] = [];
  const gate = createTokenGate({
    budgetPerSecond: 10,
    severalTenants: false,
    now: clock.now,
    sleep: clock.sleep,
    log,
    report: async (...report) => {
      reports.push(report);
    },
    ...options,
  });
  return { clock, log, reports, gate };
}

/** A token call that met a fault, for the gate. */
export function metFault(fields: Partial<TokenFault>): GateFault {
  const fault = tokenFault(fields);
  return { classified: classifyFault(fault), fault };
}

/** Nobody would get tokens. */
export const refusedApp = metFault({ status: 401, error: 'invalid_client' });
/** The operator has to mend something, perhaps for this user alone. */
export const refusedRequest = metFault({ error: 'invalid_scope' });
export const refusedUser = metFault({ error: 'invalid_grant' });
/** The user's tenant has disabled the app, which serves several. */
export const refusedTenant = metFault({
  ...{ severalTenants: true, error: 'unauthorized_client', errorCodes: [7000112] },
});
/** There was no refresh token to ask with. */
export const unasked: GateFault = {
  classified: { class: 'user', reason: 'invalid_grant' },
  fault: undefined,
};
export const noAnswer = metFault({ status: undefined });
