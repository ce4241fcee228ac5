import { AppError } from '../../errors.ts';

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * A user as an operator names them: `oid.tid`. GUIDs count in any case.
 *
 * @throws AppError `invalid_request` for anything else.
 */
export function parseUserId(text: string): { oid: string; tid: string } {
  const [, oid, tid] = /^([\w-]+)\.([\w.-]+)$/.exec(text) ?? [];
  if (oid !== undefined && tid !== undefined) return { oid: canonical(oid), tid: canonical(tid) };
  throw new AppError('invalid_request', {
    detail: 'A user is named OID.TID: their object id, a dot, and the id of their tenant.',
  });
}

export function formatUserId({ oid, tid }: { oid: string; tid: string }): string {
  return `${oid}.${tid}`;
}

/** As Entra writes them. */
function canonical(id: string): string {
  return guid.test(id) ? id.toLowerCase() : id;
}
