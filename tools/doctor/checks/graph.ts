import { parseObject } from '../../../src/lib/basics/json-object.ts';
import { type Check, failed, ok } from '../check.ts';

const mend =
  'Check GRAPH_BASE_URL (each national cloud has its own Graph), and that this machine may reach it: name resolution, proxy, firewall.';

/** Whether Graph is where the app asks for it: it wants a token of whoever has none, in its own form. */
export const graph: Check = {
  name: 'graph',
  needs: [],
  mend,
  async run({ config, send }) {
    const { baseUrl } = config.graph;
    const url = `${baseUrl}/v1.0/me`;
    const request = { method: 'GET', url, deadlineMs: 10_000, maxBytes: 1024 * 1024 } as const;
    const { status, body } = await send(request);
    // @see https://learn.microsoft.com/graph/errors
    const isGraph = status === 401 && parseObject(body)?.['error'] !== undefined;
    return isGraph
      ? ok(`${baseUrl} asks for a token, as Graph does`)
      : failed(`${baseUrl} answers ${status}, which is not how Graph asks for a token`, mend);
  },
};
