/**
 * The Graph resources that the app offers unless `GRAPH_ROUTES` says otherwise, each with the least
 * delegated permission that Graph wants for it.
 *
 * @see https://learn.microsoft.com/graph/permissions-reference
 */
export const catalogue: readonly string[] = [
  'GET /me User.Read',
  'GET /me/photo User.Read',
  'GET /me/photo/$value User.Read',
  'GET /me/memberOf User.Read',
  'GET /me/manager User.Read.All',
  'GET /me/people People.Read',

  'GET /me/messages Mail.Read',
  'GET /me/messages/{id} Mail.Read',
  'GET /me/mailFolders Mail.Read',
  'GET /me/mailFolders/{id}/messages Mail.Read',
  'GET /me/mailFolders/{id}/messages/delta Mail.Read',
  'POST /me/sendMail Mail.Send',

  'GET /me/events Calendars.Read',
  'GET /me/events/{id} Calendars.Read',
  'POST /me/events Calendars.ReadWrite',
  'GET /me/calendarView Calendars.Read',

  'GET /me/contacts Contacts.Read',

  'GET /me/drive/root/children Files.Read',
  'GET /me/drive/items/{id}/children Files.Read',
  'GET /me/drive/items/{id}/content Files.Read',
];
