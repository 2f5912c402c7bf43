/** Requests through the proxy that the environment names, as other command lines do; Node's own `fetch` (20) does not. */
import { EngineError } from '../errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * `fetch` that keeps to HTTP_PROXY, HTTPS_PROXY and NO_PROXY (or the same in small letters); undefined where no proxy is named. Throws EngineError
 * where one is no address.
 */
export async function proxiedFetch(env: Environment): Promise<typeof fetch | undefined> {
  const named = (name: string): string | undefined =>
    env[name.toLowerCase()] || env[name] || undefined;
  const [httpProxy, httpsProxy] = [named('HTTP_PROXY'), named('HTTPS_PROXY')];
  if (httpProxy === undefined && httpsProxy === undefined) return undefined;
  for (const address of [httpProxy, httpsProxy]) {
    if (address === undefined || URL.canParse(address)) continue;
    throw new EngineError(`${JSON.stringify(address)} is no address of a proxy`, {
      fix: 'Set HTTP_PROXY and HTTPS_PROXY to addresses such as http://proxy.example:3128, or unset them.',
    });
  }
  const undici = await import('undici');
  // An empty string is no proxy: undefined would make undici look into the environment itself.
  const dispatcher = new undici.EnvHttpProxyAgent({
    httpProxy: httpProxy ?? '',
    httpsProxy: httpsProxy ?? '',
    noProxy: named('NO_PROXY') ?? '',
  });
  const throughProxy = (input: unknown, init: object = {}): unknown =>
    undici.fetch(input as string, { ...init, dispatcher });
  return throughProxy as typeof fetch;
}
