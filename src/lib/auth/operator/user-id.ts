import { canonicalId } from '../../basics/canonical-id.ts';
import { AppError } from '../../errors.ts';

/**
 * A user as an operator names them: `oid.tid`. GUIDs count in any case.
 *
 * @throws AppError `invalid_request` for anything else.
 */
export function parseUserId(text: string): { oid: string; tid: string } {
  const [, oid, tid] = /^([\w-]+)\.([\w.-]+)$/.exec(text) ?? [];
  if (oid !== undefined && tid !== undefined)
    return { oid: canonicalId(oid), tid: canonicalId(tid) };
  throw new AppError('invalid_request', {
    detail: 'A user is named OID.TID: their object id, a dot, and the id of their tenant.',
  });
}

export function formatUserId({ oid, tid }: { oid: string; tid: string }): string {
  return `${canonicalId(oid)}.${canonicalId(tid)}`;
}
