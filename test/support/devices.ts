import { Browser } from '../integration/identity-provider-browser.ts';

/** The answer of `POST /device`. */
export interface StartedDevice {
  handle: string;
  userCode: string;
  verificationUri: string;
  expiresIn: number;
  interval: number;
}

/** What a device shows its user. */
type ShownCode = Pick<StartedDevice, 'userCode' | 'verificationUri'>;

/** An answer to a device. */
export interface DeviceAnswer {
  status: number;
  body: Record<string, string>;
  retryAfter: string | null;
  headers: Headers;
}

/** A program on a device that asks an app. */
export function createDevice(origin: string, headers: Record<string, string> = {}) {
  async function ask(path: string, init: RequestInit = {}): Promise<DeviceAnswer> {
    const given = new Headers({ 'user-agent': 'Device/1', ...headers });
    for (const [name, value] of new Headers(init.headers)) given.set(name, value);
    const response = await fetch(`${origin}${path}`, { ...init, headers: given });
    const text = await response.text();
    return {
      status: response.status,
      body: text === '' ? {} : JSON.parse(text),
      retryAfter: response.headers.get('retry-after'),
      headers: response.headers,
    };
  }
  return {
    ask,
    async start(): Promise<StartedDevice> {
      const { status, body } = await ask('/device', { method: 'POST' });
      if (status !== 201) throw new Error(`POST /device: ${status}`);
      return body as unknown as StartedDevice;
    },
    poll: ({ handle }: Pick<StartedDevice, 'handle'>) => ask(`/device/${handle}`),
    /** Asks in a session. */
    askAs: (session: string, path: string, init: RequestInit = {}) =>
      ask(path, { ...init, headers: { ...init.headers, authorization: `Bearer ${session}` } }),
  };
}

/** Enters a device's code, and signs in as a user. */
export async function approveDevice(device: ShownCode, username: string): Promise<void> {
  const { browser, page } = await enterCode(device);
  const users = await browser.submit(page, {});
  const { html } = await browser.submit(users, { user: username });
  if (!html.includes('You are signed in')) throw new Error('the device was not approved');
}

/** Enters a device's code, and declines. */
export async function declineDevice(device: ShownCode): Promise<void> {
  const { browser, page } = await enterCode(device);
  await browser.submit(page, { abort: 'yes' });
}

async function enterCode({ verificationUri, userCode }: ShownCode) {
  const browser = new Browser(new URL(verificationUri).origin);
  const form = await browser.get(verificationUri);
  return { browser, page: await browser.submit(form, { user_code: userCode }) };
}
