import {
  createTokenGate,
  type GateFault,
  type GateOptions,
} from '../../src/lib/auth/refresh/gate.ts';
import { classifyFault, type TokenFault } from '../../src/lib/auth/token-fault.ts';
import { createManualClock } from './clock.ts';
import { createRecordingLog } from './recording-log.ts';
import { tokenFault } from './token-faults.ts';

/** A gate for ten token calls a second, and what it tells. */
export function createGuarding(options: Partial<GateOptions> = {}) {
  const clock = createManualClock();
  const log = createRecordingLog();
  /** Times until which the breaker was said to be open; 0: closed. */
  const reports: number[] = [];
  const gate = createTokenGate({
    budgetPerSecond: 10,
    now: clock.now,
    sleep: clock.sleep,
    log,
    report: async (openUntil) => {
      reports.push(openUntil);
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
/** There was no refresh token to ask with. */
export const unasked: GateFault = {
  classified: { class: 'user', reason: 'invalid_grant' },
  fault: undefined,
};
export const noAnswer = metFault({ status: undefined });
