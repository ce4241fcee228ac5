import {
  type AbsentUser,
  absentUser,
  assertMayAct,
  toBackEndError,
  unknownUser,
} from '../auth/back-end.ts';
import { logName } from '../auth/user.ts';
import { AppError } from '../errors.ts';
import type { Services } from '../services.ts';
import { getServices, servicesIfConfigured } from './app.ts';
import type { AppRequest } from './app-request.ts';
import type { Handler, Route } from './http.ts';
import { log } from './log.ts';
import type { Reply } from './reply.ts';

/** A handler for back ends that act for absent users. */
export function withBackEnd(
  handle: (absent: AbsentUser, services: Services, request: AppRequest) => Promise<Reply>,
): Handler {
  return async (request) => {
    const services = getServices();
    const policy = services.config.backEnds;
    if (!policy) throw new AppError('not_found');
    try {
      const backEnd = await services.identifyBackEnd(request.header('authorization'));
      request.audit.client = backEnd.clientId;
      const absent = absentUser(backEnd, request.param('userId') ?? '');
      if (absent) request.user = request.audit.user = logName(absent.user);
      assertMayAct(policy, backEnd);
      if (!absent) throw unknownUser();
      return await handle(absent, services, request);
    } catch (error) {
      throw toBackEndError(error);
    }
  };
}

/** Every call of a back end is an audit event: who, for whom, for what, and what came of it. */
export function auditBackEnd(action: 'token' | 'graph'): NonNullable<Route['audit']> {
  return (call) => {
    if (servicesIfConfigured()?.config.backEnds) log.info('audit', { action, ...call });
  };
}
