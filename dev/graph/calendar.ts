import type { EventTime } from './calendar-data.ts';
import {
  accessDenied,
  GraphFailure,
  invalidParameter,
  invalidRequest,
  itemNotFound,
} from './graph-error.ts';
import { collectionReply, contextOf, entityReply } from './odata.ts';
import { isRecord, jsonBody, type Reply, type Route, type RouteInput } from './route.ts';

const read = { scopes: ['Calendars.Read', 'Calendars.ReadWrite'], denied: accessDenied };
const write = { scopes: ['Calendars.ReadWrite'], denied: accessDenied };

/** @see https://learn.microsoft.com/graph/api/resources/calendar-overview */
export const calendarRoutes: readonly Route[] = [
  { method: 'GET', path: '/me/events', ...read, answer: events },
  { method: 'POST', path: '/me/events', ...write, answer: addEvent },
  { method: 'GET', path: '/me/events/{id}', ...read, answer: event },
  { method: 'GET', path: '/me/calendarView', ...read, answer: calendarView },
];

const shape = { type: 'microsoft.graph.event', always: ['id'], pageSize: 10 };

function events(input: RouteInput): Reply {
  const context = contextOf(input, 'events');
  return collectionReply(input, input.data.calendar.events, { ...shape, context });
}

function event(input: RouteInput): Reply {
  const found = input.data.calendar.event(input.id);
  if (!found) throw new GraphFailure(itemNotFound);
  return entityReply(input, found, { ...shape, context: contextOf(input, 'events') });
}

function addEvent(input: RouteInput): Reply {
  const { start, end, ...rest } = jsonBody(input);
  if (!isEventTime(start) || !isEventTime(end)) {
    throw new GraphFailure(invalidRequest('An event needs a start and an end.'));
  }
  const added = input.data.calendar.add({ ...rest, start, end });
  const reply = entityReply(input, added, { ...shape, context: contextOf(input, 'events') });
  const location = `${input.url.origin}/v1.0/users('${input.user.oid}')/events('${added.id}')`;
  return { ...reply, status: 201, headers: { ...reply.headers, location } };
}

function calendarView(input: RouteInput): Reply {
  const from = timeParameter(input.url, 'startDateTime');
  const to = timeParameter(input.url, 'endDateTime');
  const found = input.data.calendar.between(from, to);
  return collectionReply(input, found, { ...shape, context: contextOf(input, 'calendarView') });
}

/** @throws {GraphFailure} 400 when it is missing or no time */
function timeParameter(url: URL, name: string): number {
  const entries = [...url.searchParams].map(([key, value]) => [key.toLowerCase(), value] as const);
  const text = new Map(entries).get(name.toLowerCase());
  // Without an offset it is UTC.
  const time = Date.parse(/T[\d:.]+$/.test(text ?? '') ? `${text}Z` : (text ?? ''));
  if (!Number.isNaN(time)) return time;
  throw new GraphFailure(
    invalidParameter(
      'This request requires a time window specified by the query string parameters ' +
        'StartDateTime and EndDateTime.',
    ),
  );
}

function isEventTime(value: unknown): value is EventTime {
  if (!isRecord(value)) return false;
  const { dateTime, timeZone } = value;
  return typeof dateTime === 'string' && typeof timeZone === 'string';
}
