import * as v from 'valibot';
import type { SignInTransaction } from '../auth/sign-in/authorization-request.ts';
import { parseObject } from '../basics/json-object.ts';
import type { Sealer } from '../crypto/sealer.ts';
import { AppError } from '../errors.ts';

/** No table has this name: a sign-in cookie opens as nothing else, and nothing else as one. */
const address = { table: 'cookie', partitionKey: 'sign-in', rowKey: '', schema: 1 };
const property = 'transaction';
/** Four of them, with the other cookies, must fit into the 16 KB of headers that Node.js takes. */
const maxLength = 2_400;

const transaction = v.object({
  state: v.string(),
  nonce: v.string(),
  codeVerifier: v.string(),
  returnTo: v.string(),
  scopes: v.array(v.string()),
  claims: v.optional(v.string()),
  createdAt: v.number(),
});

/** @throws AppError `invalid_request` if it does not fit into a cookie. */
export async function sealSignIn(sealer: Sealer, value: SignInTransaction): Promise<string> {
  const json = Buffer.from(JSON.stringify(value));
  const { kid, sealed } = await sealer.seal({ [property]: json }, address);
  const text = `${kid}.${sealed[property]?.toString('base64url')}`;
  if (text.length > maxLength) {
    throw new AppError('invalid_request', { detail: 'returnTo, scope and claims are too long.' });
  }
  return text;
}

/** @returns undefined for anything that {@link sealSignIn} did not make. */
export async function openSignIn(
  sealer: Sealer,
  text: string | undefined,
): Promise<SignInTransaction | undefined> {
  const [kid, sealed, ...rest] = (text ?? '').split('.');
  if (!kid || !sealed || rest.length > 0) return undefined;
  const bytes = Buffer.from(sealed, 'base64url');
  const json = await sealer.open({ kid, bytes }, { ...address, property });
  if (!json) return undefined;
  const value = v.safeParse(transaction, parseObject(Buffer.from(json).toString('utf8')));
  return value.success ? { ...value.output, claims: value.output.claims } : undefined;
}
