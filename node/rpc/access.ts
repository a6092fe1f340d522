/**
 * Whose requests are taken: protection of a node on this machine against web pages that the user visits.
 *
 * Owns: the check of Host (DNS rebinding) and of Origin (other sites). Does not own: transport.
 * Called by: http, websocket. Rules and reasons: docs/protocol/json-rpc.md, Security.
 */
import { isIP } from "node:net";

const LOCAL_NAMES = ["localhost"];
const EVERYTHING = "*";

/** Host of a Host header in lower case, without its port and brackets. */
function hostName(header: string): string {
  const bracketed = /^\[([0-9a-f:.]+)\](?::\d+)?$/i.exec(header);
  return (bracketed?.[1] ?? header.replace(/:\d+$/, "")).toLowerCase();
}

export class AccessPolicy {
  readonly #hosts: ReadonlySet<string>;
  readonly #origins: ReadonlySet<string>;

  constructor(allowedHosts: readonly string[], allowedOrigins: readonly string[]) {
    this.#hosts = new Set([...LOCAL_NAMES, ...allowedHosts.map((host) => host.toLowerCase())]);
    this.#origins = new Set(allowedOrigins.map((origin) => origin.toLowerCase()));
  }

  /** An attacker can point a name of theirs at this machine, but not an address: addresses are safe. */
  allowsHost(header: string | undefined): boolean {
    if (this.#hosts.has(EVERYTHING)) return true;
    if (header === undefined) return false;
    const host = hostName(header);
    return isIP(host) !== 0 || this.#hosts.has(host);
  }

  /** Programs send no Origin; browsers always do. */
  allowsOrigin(header: string | undefined): boolean {
    return header === undefined || this.#origins.has(EVERYTHING) || this.#origins.has(header.toLowerCase());
  }

  /** The headers that let a page of this origin read an answer; none when it may not. */
  corsHeaders(origin: string | undefined): Readonly<Record<string, string>> {
    if (origin === undefined || !this.allowsOrigin(origin)) return { vary: "Origin" };
    return {
      vary: "Origin",
      "access-control-allow-origin": this.#origins.has(EVERYTHING) ? EVERYTHING : origin,
      "access-control-allow-methods": "POST",
      "access-control-allow-headers": "content-type",
      "access-control-max-age": "600",
    };
  }
}
