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
import { getServices } from './app.ts';
import type { AppRequest } from './app-request.ts';
import type { Handler } from './http.ts';
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
      if (absent) request.audit.user = logName(absent.user);
      assertMayAct(policy, backEnd);
      if (!absent) throw unknownUser();
      return await handle(absent, services, request);
    } catch (error) {
      throw toBackEndError(error);
    }
  };
}
