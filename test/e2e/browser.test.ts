import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { App } from '../support/app.ts';
import { launchChromium, skipsBrowser } from '../support/chromium.ts';
import { approveDevice, createDevice } from '../support/devices.ts';
import { manyScopes, openTab, signedInView, signInAt, takeScreenshot } from '../support/pages.ts';
import { dumpTables } from '../support/table-dump.ts';
import { hashOf } from '../support/users.ts';
import { startWorld, type World } from '../support/world.ts';

const alice = 'alice@evergreen.example';
const bob = 'bob@evergreen.example';
const carol = 'carol@evergreen.example';
const dave = 'dave@evergreen.example';

describe.skipIf(skipsBrowser)('in a real browser', () => {
  let world: World;
  let app: App;
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchChromium();
    world = await startWorld();
    app = await world.startApp({ environment: manyScopes });
  });

  afterAll(async () => {
    await browser?.close();
    await world?.close();
  });

  const statusOfMe = async (page: Page) => {
    const response = await page.context().request.get(`${world.origin}/me`);
    return response.status();
  };

  async function explore(page: Page, resource: string, query?: string): Promise<void> {
    await page.selectOption('#resource', resource);
    if (query !== undefined) await page.fill('#query', query);
    await page.click('#explorer form button');
  }

  it('two people sign in, see their own profile, and one signs out', async () => {
    const [first, second] = [await openTab(browser), await openTab(browser)];
    await signInAt(first.page, world, alice);
    await signInAt(second.page, world, bob);
    expect(await first.page.textContent('#user')).toBe('Alice Example');
    expect(await second.page.textContent('#user')).toBe('Bob Sample');
    expect(await first.page.textContent('#profile')).toContain(alice);
    expect(await second.page.textContent('#profile')).toContain('Accountant');
    await first.page.waitForSelector('#profile img');

    await first.page.click('#sign-out');
    await first.page.waitForURL(`${world.origin}/`);
    await first.page.waitForSelector('#sign-in:visible');
    expect(await statusOfMe(first.page)).toBe(401);

    await second.page.reload();
    await signedInView(second.page);
    expect(await second.page.textContent('#user')).toBe('Bob Sample');
    expect([...first.complaints, ...second.complaints]).toEqual([]);
  });

  it('who has no photo is shown by their initials', async () => {
    const { page } = await openTab(browser);
    await signInAt(page, world, dave);
    expect(await page.textContent('.avatar')).toBe('DO');
    expect(await page.locator('#profile img').count()).toBe(0);
    expect(await page.textContent('#profile')).toContain(dave);
  });

  it('one more scope is granted by its button, and mail is read page by page', async () => {
    const { page } = await openTab(browser);
    await signInAt(page, world, carol);
    await explore(page, 'GET /me/messages');
    expect(await page.textContent('#explorer .problem')).toContain(
      'You have not yet allowed Mail.Read.',
    );
    await page.click('#explorer .problem a');
    await page.waitForURL(`${world.origin}/`);
    await signedInView(page);
    expect(await page.locator('#permissions code').allTextContents()).toContain('Mail.Read');
    const offered = await page.locator('#permissions a').allTextContents();
    expect(offered).toContain('Allow Mail.Send');
    expect(offered).not.toContain('Allow Mail.Read');

    await explore(page, 'GET /me/messages', '$select=subject&$top=5');
    const subjects = async () => {
      const { value } = JSON.parse((await page.textContent('#explorer pre')) ?? '');
      return value.map(({ subject }: { subject: string }) => subject);
    };
    await page.waitForSelector('#explorer pre');
    const firstPage = await subjects();
    expect(firstPage).toHaveLength(5);
    await page.click('text=Next page');
    await page.waitForSelector('text=page 2');
    const secondPage = await subjects();
    expect(firstPage).not.toContain(secondPage[0]);
    await page.click('text=Previous page');
    await page.waitForSelector('text=page 1');
    expect(await subjects()).toEqual(firstPage);
    await page.click('#permissions >> text=Allow Mail.Send');
    await page.waitForURL(`${world.origin}/`);
    await signedInView(page);
    const granted = await page.locator('#permissions code').allTextContents();
    expect(granted).toEqual(expect.arrayContaining(['Mail.Read', 'Mail.Send']));
    await explore(page, 'GET /me/events');
    await page.click('#explorer .problem a');
    await page.waitForURL(`${world.origin}/`);
    await signedInView(page);
    expect(await page.locator('#permissions code').allTextContents()).toHaveLength(4);
    await takeScreenshot(page, 'mail-read');
  });

  it('the explorer sends what has a body, and asks for ids', async () => {
    const { page, complaints } = await openTab(browser);
    await signInAt(page, world, carol);
    await page.goto(`${world.origin}/login?scope=Mail.Read+Mail.Send&returnTo=/`);
    await signedInView(page);
    await page.selectOption('#resource', 'POST /me/sendMail');
    await page.fill('#body', '{"message": ');
    await page.click('#explorer form button');
    expect(await page.evaluate(() => document.querySelector('#body')?.matches(':invalid'))).toBe(
      true,
    );
    await page.fill('#body', '{"message": {"subject": "Hello"}}');
    await page.click('#explorer form button');
    await page.waitForSelector('text=202');
    await page.selectOption('#resource', 'GET /me/contacts');
    expect(await page.textContent('#explorer form')).toContain('Contacts.Read, which this app may');
    await page.selectOption('#resource', 'GET /me/messages/{id}');
    expect(await page.textContent('#explorer form')).not.toContain('this app may not');
    await page.click('#explorer form button');
    expect(await page.locator('#id-0:invalid').count()).toBe(1);
    expect(complaints).toEqual([]);
    await page.fill('#id-0', 'no-such-message');
    await page.click('#explorer form button');
    expect(await page.textContent('#explorer .problem')).toContain('not_found · request ');
  });

  it('ends another session, and shows devices’', async () => {
    const [here, there] = [await openTab(browser), await openTab(browser)];
    await signInAt(there.page, world, alice);
    const device = createDevice(app.origin);
    const started = await device.start();
    await approveDevice(started, alice);
    const { body } = await device.poll(started);
    await signInAt(here.page, world, alice);
    const rows = here.page.locator('#sessions li');
    expect(await rows.count()).toBe(3);
    expect(await rows.nth(0).textContent()).toContain('this one');
    expect(await rows.nth(1).textContent()).toContain('Device');

    await rows.nth(1).getByRole('button').click();
    await here.page.waitForFunction(() => document.querySelectorAll('#sessions li').length === 2);
    const asked = await device.askAs(body['session'] ?? '', '/session');
    expect(asked.status).toBe(401);
    await rows.nth(1).getByRole('button').click();
    await here.page.waitForFunction(() => document.querySelectorAll('#sessions li').length === 1);
    expect(await here.page.textContent('#announcer')).toBe('The session is ended.');
    expect(await here.page.evaluate(() => document.activeElement?.id)).toBe('sessions-title');

    expect(await statusOfMe(there.page)).toBe(401);
    expect(await statusOfMe(here.page)).toBe(200);
    await there.page.selectOption('#resource', 'GET /me');
    await there.page.click('#explorer form button');
    await there.page.waitForSelector('#sign-in:visible');
    expect(await there.page.textContent('#notice')).toContain('Your session is over');
    expect(await there.page.evaluate(() => document.activeElement?.id)).toBe('signed-out-title');
    expect(await there.page.locator('#user').count()).toBe(0);
  });

  it('signs out everywhere', async () => {
    const [here, there] = [await openTab(browser), await openTab(browser)];
    await signInAt(there.page, world, bob);
    await signInAt(here.page, world, bob);
    await here.page.click('text=Sign out everywhere');
    await here.page.waitForURL(`${world.origin}/`);
    await here.page.waitForSelector('#sign-in:visible');
    expect([await statusOfMe(here.page), await statusOfMe(there.page)]).toEqual([401, 401]);
  });

  it('deletes a user’s data once they have said so twice', async () => {
    const { page, complaints } = await openTab(browser);
    await signInAt(page, world, dave);
    const rows = async () => {
      const all = await dumpTables(world.azurite.connectionString);
      return all.filter((row) => JSON.stringify(row).includes(hashOf(world, dave)));
    };
    await page.click('text=Delete my data');
    await page.click('dialog >> text=Cancel');
    await page.waitForSelector('dialog', { state: 'hidden' });
    expect(await rows()).not.toEqual([]);
    await page.click('text=Delete my data');
    await page.click('dialog >> button >> text="Delete"');
    await page.waitForSelector('#sign-in:visible');
    expect(await page.textContent('#notice')).toContain('Your data is deleted');
    expect(await rows()).toEqual([]);
    expect(await statusOfMe(page)).toBe(401);
    // Dave has no photo, and the browser says so.
    expect(complaints.filter((each) => !each.includes('404'))).toEqual([]);
  });

  it.each([
    ['Sign out', '#profile', '/logout'],
    ['Sign out everywhere', '#sessions', '/logout?everywhere=true'],
  ])('“%s” that fails says so, and can be tried again', async (name, card, path) => {
    const { page } = await openTab(browser);
    await signInAt(page, world, alice);
    await page.route(`**${path}`, (route) => route.abort());
    const out = page.locator(card).getByRole('button', { name, exact: true });
    await out.click();
    const problem = page.locator(`${card} .problem`);
    await problem.waitFor();
    expect(await problem.textContent()).toContain('There is no answer');
    expect(await out.isEnabled()).toBe(true);
    expect(await statusOfMe(page)).toBe(200);
    await page.unroute(`**${path}`);
    await problem.getByRole('button', { name: 'Try again' }).click();
    await page.waitForSelector('#sign-in:visible');
    expect(await statusOfMe(page)).toBe(401);
  });

  it('says in words what is in the way, and when to try again', async () => {
    const { page } = await openTab(browser);
    await signInAt(page, world, alice);
    world.graph.faults.next(2, {
      ...{ kind: 'answer', status: 429, body: {} },
      headers: { 'retry-after': '3' },
    });
    await explore(page, 'GET /me', '');
    const problem = page.locator('#explorer .problem');
    await problem.waitFor();
    expect(await problem.textContent()).toContain('Too many requests');
    expect(await problem.getByRole('button').isDisabled()).toBe(true);
    expect(await problem.getByRole('button').textContent()).toMatch(/^Try again in \d s$/);
    world.graph.faults.clear();
    await problem.getByRole('button', { name: 'Try again', exact: true }).click();
    await page.waitForSelector('#explorer pre');
  });
});
