import { count, object, type Schema, text, url, word } from './schema.ts';

export const StartedDeviceSignIn: Schema = object({
  handle: text('Stands for the sign-in at `GET /device/{handle}`, for whoever has it.'),
  userCode: text('What the user enters.'),
  verificationUri: url('Where the user enters it.'),
  expiresIn: count('Seconds in which the user has to decide.'),
  interval: count('Seconds between polls.'),
});

export const PendingDeviceSignIn: Schema = object({
  status: word(['pending'], 'The user has not decided.'),
});

export const DeviceSession: Schema = object({
  session: text('The bearer session: goes into `Authorization: Bearer`. It is told once.'),
});
