import type { StandInUser } from '../identity-provider/users.ts';
import { etagOf, mailboxId } from './identifiers.ts';
import { emailAddressOf, type Resource } from './resource.ts';

/** A time as Graph writes it: without an offset, which is in `timeZone`. */
export interface EventTime {
  readonly dateTime: string;
  readonly timeZone: string;
}

export interface CalendarEvent extends Resource {
  readonly id: string;
  readonly start: EventTime;
  readonly end: EventTime;
}

/** One user's calendar: twelve weekly meetings from 5 January 2026, and what is added. */
export class Calendar {
  readonly #user: StandInUser;
  readonly #events: CalendarEvent[];

  constructor(user: StandInUser) {
    this.#user = user;
    this.#events = Array.from({ length: seededEvents }, (_, index) => seedEvent(index, user));
  }

  get events(): readonly CalendarEvent[] {
    return this.#events;
  }

  event(id: string): CalendarEvent | undefined {
    return this.#events.find((event) => event.id === id);
  }

  /** Events that overlap the time from `from` to `to`, both milliseconds since the epoch. */
  between(from: number, to: number): readonly CalendarEvent[] {
    return this.#events.filter(({ start, end }) => timeOf(start) < to && timeOf(end) > from);
  }

  add(event: Resource & { readonly start: EventTime; readonly end: EventTime }): CalendarEvent {
    const added = newEvent(`${this.#user.oid} event ${this.#events.length}`, this.#user, event);
    this.#events.push(added);
    return added;
  }
}

const seededEvents = 12;
const first = Date.UTC(2026, 0, 5, 9);
const week = 7 * 86_400_000;

function seedEvent(index: number, user: StandInUser): CalendarEvent {
  const start = first + index * week;
  return newEvent(`${user.oid} event ${index}`, user, {
    subject: `Team meeting ${index + 1}`,
    start: eventTime(start),
    end: eventTime(start + 30 * 60_000),
    location: { displayName: 'Room 12' },
  });
}

function newEvent(
  seed: string,
  user: StandInUser,
  given: Resource & { readonly start: EventTime; readonly end: EventTime },
): CalendarEvent {
  const id = mailboxId(seed);
  return {
    subject: '',
    bodyPreview: '',
    isAllDay: false,
    location: { displayName: '' },
    attendees: [],
    organizer: emailAddressOf(user),
    ...given,
    '@odata.etag': etagOf(id),
    id,
  };
}

function eventTime(milliseconds: number): EventTime {
  const dateTime = `${new Date(milliseconds).toISOString().slice(0, 19)}.0000000`;
  return { dateTime, timeZone: 'UTC' };
}

/** Every time zone is taken for UTC. */
function timeOf({ dateTime }: EventTime): number {
  return Date.parse(`${dateTime.slice(0, 19)}Z`);
}
