import { type AbsentUser, toBackEndError } from '../auth/back-end.ts';
import { logName } from '../auth/user.ts';
import { AppError } from '../errors.ts';
import type { Services } from '../services.ts';
import { getServices } from './app.ts';
import type { AppRequest } from './app-request.ts';
import type { Handler } from './http.ts';
import { log } from './log.ts';
import type { Reply } from './reply.ts';

/** What of a call goes into its audit event. */
export interface Audit {
  action: 'token' | 'graph';
  /** Client id of the back end. */
  client?: string;
  user?: string;
  scopes?: readonly string[];
}

/**
 * A handler for back ends that act for absent users. Every call is an audit event: who, for whom,
 * for what, and what came of it.
 */
export function withBackEnd(
  action: Audit['action'],
  handle: (
    absent: AbsentUser,
    services: Services,
    request: AppRequest,
    audit: Audit,
  ) => Promise<Reply>,
): Handler {
  return async (request) => {
    const services = getServices();
    if (!services.config.backEnds) throw new AppError('not_found');
    const audit: Audit = { action };
    let outcome: string = 'internal';
    try {
      const backEnd = await services.requireBackEnd(request.header('authorization'));
      audit.client = backEnd.clientId;
      const absent = services.absentUser(backEnd, request.param('userId') ?? '');
      audit.user = logName(absent.user);
      request.user = audit.user;
      const reply = await handle(absent, services, request, audit);
      outcome = 'ok';
      return reply;
    } catch (thrown) {
      const error = toBackEndError(thrown);
      if (error instanceof AppError) outcome = error.code;
      throw error;
    } finally {
      log.info('audit', { ...audit, outcome, requestId: request.requestId });
    }
  };
}
