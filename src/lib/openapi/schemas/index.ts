import { IssuedToken, TokenRequest } from './back-end.ts';
import { DeviceSession, PendingDeviceSignIn, StartedDeviceSignIn } from './device.ts';
import { GraphObject, Profile } from './graph.ts';
import { Liveness, Readiness, ServiceLevel, ServiceProblem } from './health.ts';
import { Problem } from './problem.ts';
import { Session, SessionList, SessionSummary, SignedOut } from './session.ts';

/** The document's shared schemas. */
export const schemas = {
  DeviceSession,
  GraphObject,
  IssuedToken,
  Liveness,
  PendingDeviceSignIn,
  Problem,
  Profile,
  Readiness,
  ServiceLevel,
  ServiceProblem,
  Session,
  SessionList,
  SessionSummary,
  SignedOut,
  StartedDeviceSignIn,
  TokenRequest,
};

export type SchemaName = keyof typeof schemas;
