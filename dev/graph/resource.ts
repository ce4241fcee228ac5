import type { StandInUser } from '../identity-provider/users.ts';

/** A resource as it is answered; a property whose name starts with `@` is an annotation. */
export type Resource = Readonly<Record<string, unknown>>;

/** A user as the sender or receiver of something. */
export function emailAddressOf({ name, mail, username }: StandInUser): object {
  return { emailAddress: { name, address: mail ?? username } };
}
