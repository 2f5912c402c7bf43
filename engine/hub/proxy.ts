/** Requests through the proxy that the environment names, as other command lines do; Node's own `fetch` (20) does not. */
import { EngineError } from '../errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * `fetch` that keeps to HTTP_PROXY, HTTPS_PROXY and NO_PROXY (or the same in small letters), each of the first two for
 * its own scheme alone; undefined where no proxy is named. Throws EngineError where one is no http: or https: address.
 */
export async function proxiedFetch(env: Environment): Promise<typeof fetch | undefined> {
  const named = (name: string): string | undefined =>
    env[name.toLowerCase()] || env[name] || undefined;
  const [httpProxy, httpsProxy] = [named('HTTP_PROXY'), named('HTTPS_PROXY')];
  if (httpProxy === undefined && httpsProxy === undefined) return undefined;
  for (const address of [httpProxy, httpsProxy]) {
    if (address === undefined || isProxyAddress(address)) continue;
    throw new EngineError(`${JSON.stringify(address)} is no address of a proxy`, {
      fix: 'Set HTTP_PROXY and HTTPS_PROXY to addresses with http:// or https:// in front, such as http://proxy.example:3128, or unset them.',
    });
  }
  const undici = await import('undici');
  // An empty string is no proxy: undefined would make undici look into the environment itself.
  const proxies = new undici.EnvHttpProxyAgent({
    httpProxy: httpProxy ?? '',
    httpsProxy: httpsProxy ?? '',
    noProxy: named('NO_PROXY') ?? '',
  });
  // undici sends https through HTTP_PROXY where it has no other; curl and most others do not.
  const direct = new undici.Agent();
  const dispatcher = proxies.compose(
    (dispatch) => (options, handler) =>
      httpsProxy === undefined && String(options.origin).startsWith('https:')
        ? direct.dispatch(options, handler)
        : dispatch(options, handler),
  );
  const throughProxy = (input: unknown, init: object = {}): unknown =>
    undici.fetch(input as string, { ...init, dispatcher });
  return throughProxy as typeof fetch;
}

/** "proxy.example:3128" is an address too, of a scheme called "proxy.example". */
function isProxyAddress(address: string): boolean {
  return URL.canParse(address) && /^https?:$/u.test(new URL(address).protocol);
}
