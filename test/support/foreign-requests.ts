/** A page of another site. */
export const evil = 'https://evil.example';

/** What our own pages send with an unsafe request. */
export const marked = { 'x-csrf': '1' };

const form = { 'content-type': 'application/x-www-form-urlencoded' };
const plain = { 'content-type': 'text/plain' };

/** What a browser says of a request by `fetch`. */
export const fetched = (site: string) => ({ 'sec-fetch-site': site, 'sec-fetch-mode': 'cors' });

/** Headers of unsafe requests that none of our own pages sends, by what is wrong. */
export function foreignRequests(origin: string): [string, Record<string, string>][] {
  return [
    ['nothing', {}],
    ['no header, from our origin', { origin: origin, ...fetched('same-origin') }],
    ['no header, and same-origin metadata', fetched('same-origin')],
    ['no origin', marked],
    ['an evil origin', { ...marked, origin: evil }],
    [
      'an evil origin, and same-origin metadata',
      { ...marked, origin: evil, ...fetched('same-origin') },
    ],
    ['a null origin', { ...marked, origin: 'null' }],
    [
      'a null origin, and same-origin metadata',
      { ...marked, origin: 'null', ...fetched('same-origin') },
    ],
    ['our origin with something after', { ...marked, origin: `${origin}.evil.example` }],
    [
      'our origin with something before',
      { ...marked, origin: `http://evil.example@${new URL(origin).host}` },
    ],
    ['our origin by another scheme', { ...marked, origin: origin.replace('http', 'https') }],
    ['our host with another port', { ...marked, origin: 'http://localhost:1' }],
    ['two origins', { ...marked, origin: `${origin} ${evil}` }],
    ['our origin as the referrer alone', { ...marked, referer: `${origin}/` }],
    ['cross-site metadata', { ...marked, ...fetched('cross-site') }],
    [
      'cross-site metadata, from our origin',
      { ...marked, origin: origin, ...fetched('cross-site') },
    ],
    ['same-site metadata', { ...marked, ...fetched('same-site') }],
    ['same-site metadata, from our origin', { ...marked, origin: origin, ...fetched('same-site') }],
    ['metadata of no site', { ...marked, ...fetched('none') }],
    ['metadata that nobody knows', { ...marked, ...fetched('SAME-ORIGIN') }],
    [
      'a cross-site navigation',
      {
        origin: evil,
        'sec-fetch-site': 'cross-site',
        'sec-fetch-mode': 'navigate',
        'sec-fetch-dest': 'document',
        ...form,
      },
    ],
    ['the header with an underscore', { x_csrf: '1', origin: origin, ...fetched('same-origin') }],
    ['another value of the header', { 'x-csrf': '0', origin: origin, ...fetched('same-origin') }],
    ['two values of the header', { 'x-csrf': '1, 1', origin: origin }],
    [
      'a header of a like name',
      { 'x-csrf-token': '1', 'x-requested-with': 'XMLHttpRequest', origin: origin },
    ],
    ['a text/plain body', { ...plain, origin: evil, ...fetched('cross-site') }],
    ['a text/plain body, from our origin', { ...plain, origin: origin }],
    ['a form body', { ...form, origin: evil, ...fetched('cross-site') }],
    ['a form body, from our origin', { ...form, origin: origin }],
    ['a multipart body', { 'content-type': 'multipart/form-data; boundary=x', origin: evil }],
    ['another method in a header', { 'x-http-method-override': 'GET', origin: evil }],
  ];
}
