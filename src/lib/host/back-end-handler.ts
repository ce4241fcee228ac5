import type { AppCore } from '../app-core.ts';
import {
  type AbsentUser,
  absentUser,
  assertMayAct,
  identifyBackEnd,
  toBackEndError,
  unknownUser,
} from '../auth/tokens/back-end.ts';
import { logName } from '../auth/user.ts';
import { AppError } from '../errors.ts';
import type { AppRequest } from './app-request.ts';
import type { Handler } from './http.ts';
import type { Reply } from './reply.ts';

/** A handler for back ends that act for absent users. */
export function withBackEnd(
  handle: (absent: AbsentUser, core: AppCore, request: AppRequest) => Promise<Reply>,
): Handler {
  return async (request, core) => {
    const policy = core.config.backEnds;
    if (!policy) throw new AppError('not_found');
    try {
      const backEnd = await identifyBackEnd(core, request.header('authorization'));
      request.audit.client = backEnd.clientId;
      const absent = absentUser(backEnd, request.param('userId') ?? '');
      if (absent) request.audit.user = logName(absent.user);
      assertMayAct(policy, backEnd);
      if (!absent) throw unknownUser();
      return await handle(absent, core, request);
    } catch (error) {
      throw toBackEndError(error);
    }
  };
}
