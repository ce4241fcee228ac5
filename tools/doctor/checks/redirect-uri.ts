import { askAuthorization } from '../authorization-answer.ts';
import { type Check, failed, ok, skipped, warning } from '../check.ts';

/** Numbers that say: no such redirect URI. */
const notRegistered = new Set([50011, 500113, 500117]);
const unknownApp = 700016;

/** Whether Entra sends people back to where the app is. */
export const redirectUri: Check = {
  name: 'redirect-uri',
  needs: ['metadata'],
  mend: 'Check that this machine may reach the authorization endpoint.',
  async run(subject) {
    const uri = `${subject.config.publicBaseUrl}/callback`;
    const mend = `Register exactly ${uri} in the app registration (Authentication, platform Web), or correct PUBLIC_BASE_URL.`;
    const { isRedirected, errorCodes } = await askAuthorization(subject, ['User.Read']);
    if (isRedirected) return ok(`${uri} is registered`);
    if (errorCodes.some((code) => notRegistered.has(code))) {
      return failed(`${uri} is not registered`, mend);
    }
    if (errorCodes.includes(unknownApp)) return skipped('the tenant does not know the app');
    return warning(`whether ${uri} is registered can’t be known without a sign-in`, mend);
  },
};
