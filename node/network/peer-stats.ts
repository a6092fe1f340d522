/**
 * What a network counts: for metrics and for tests that nothing is lost or grows without being seen.
 *
 * Owns: the shapes. Called by: tls-network, memory-network, connection.
 */
import type { PeerId } from "../types/primitives.ts";

/** Since the node started, over all connections of the peer. Bytes include frame heads, not TLS. */
export interface PeerCounters {
  framesIn: number;
  bytesIn: number;
  framesOut: number;
  bytesOut: number;
  /** Frames that a slow reader lost, oldest first. */
  framesDropped: number;
}

export interface PeerStats extends Readonly<PeerCounters> {
  readonly isConnected: boolean;
  readonly queuedBytes: number;
  readonly faults: number;
}

export interface NetworkStats {
  readonly peers: ReadonlyMap<PeerId, PeerStats>;
  /** Connections and connection attempts that ended with an error, by its code. */
  readonly refusals: ReadonlyMap<string, number>;
}

export const newCounters = (): PeerCounters => ({
  framesIn: 0,
  bytesIn: 0,
  framesOut: 0,
  bytesOut: 0,
  framesDropped: 0,
});
