/**
 * What tests of networks share: a recorder of events, an admission table, waiting for a condition, free ports.
 *
 * Owns: nothing of the node. Called by: test/compliance/network.ts, test/node/network.
 */
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect } from "chai";
import type { Admission, AdmissionPolicy, NetworkEvents, Peer } from "../../node/ports/network.ts";
import { asIndex, type PeerId } from "../../node/types/primitives.ts";

const UNTIL_MS = 8000;

/** Polls until the condition holds; fails with the sentence when it does not in time. */
export async function until(sentence: string, condition: () => boolean): Promise<void> {
  for (const endMs = Date.now() + UNTIL_MS; !condition(); ) {
    if (Date.now() > endMs) expect.fail(`waited in vain until ${sentence}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export class Recorder implements NetworkEvents {
  readonly frames: { readonly from: PeerId; readonly body: Uint8Array }[] = [];
  readonly connections: PeerId[] = [];
  readonly disconnections: { readonly id: PeerId; readonly reason: string }[] = [];

  frame(peer: Peer, frame: Uint8Array): void {
    this.frames.push({ from: peer.id, body: frame });
  }
  connected(peer: Peer): void {
    this.connections.push(peer.id);
  }
  disconnected(peer: Peer, reason: string): void {
    this.disconnections.push({ id: peer.id, reason });
  }
  /** Bodies as text, in the order of arrival. */
  texts(from?: PeerId): string[] {
    return this.frames
      .filter((frame) => from === undefined || frame.from === from)
      .map(({ body }) => Buffer.from(body).toString());
  }
}

/** Who is admitted, changed by tests. Shared by all nodes of a test, like the registry. */
export class AdmissionTable {
  readonly #verdicts = new Map<PeerId, Admission>();
  readonly policy: AdmissionPolicy = (id) => this.#verdicts.get(id) ?? { admitted: false, reason: "unknown" };

  admit(id: PeerId, index?: number): void {
    this.#verdicts.set(id, { admitted: true, index: index === undefined ? undefined : asIndex(index) });
  }
  revoke(id: PeerId): void {
    this.#verdicts.set(id, { admitted: false, reason: "revoked" });
  }
  forget(id: PeerId): void {
    this.#verdicts.delete(id);
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
