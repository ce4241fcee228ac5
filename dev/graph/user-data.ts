import type { StandInUser } from '../identity-provider/users.ts';
import { Calendar } from './calendar-data.ts';
import { Drive } from './drive.ts';
import { Mailbox } from './mailbox.ts';

/** What one user keeps in Microsoft 365. */
export interface UserData {
  readonly mailbox: Mailbox;
  readonly calendar: Calendar;
  readonly drive: Drive;
}

/** The data of each user, seeded when first asked for and then kept while Graph runs. */
export class UserDataSets {
  readonly #users: readonly StandInUser[];
  readonly #byOid = new Map<string, UserData>();

  constructor(users: readonly StandInUser[]) {
    this.#users = users;
  }

  of(user: StandInUser): UserData {
    const known = this.#byOid.get(user.oid);
    if (known) return known;
    const data = {
      mailbox: new Mailbox(user, this.#users),
      calendar: new Calendar(user),
      drive: new Drive(user),
    };
    this.#byOid.set(user.oid, data);
    return data;
  }
}
