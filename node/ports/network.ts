/**
 * What the node asks of a network: authenticated peers and whole frames, in order per peer.
 *
 * Owns: the port. Adapters: node/network/tls (mutual TLS), node/network/memory (tests). One compliance suite
 * (test/compliance/network.ts) runs against both.
 * Does not own: what is inside a frame (types/codec.ts), who may connect (the AdmissionPolicy given to an adapter).
 * Called by: app.
 */
import type { ErrorAction } from "../types/errors.ts";
import type { PeerId, ValidatorIndex } from "../types/primitives.ts";

export interface Peer {
  readonly id: PeerId;
  /** Where the peer stands in the validator set, when it does. */
  readonly index: ValidatorIndex | undefined;
}

export interface NetworkEvents {
  /** A whole frame from an admitted peer. Frames of one peer arrive in the order they were sent. */
  frame(peer: Peer, frame: Uint8Array): void;
  connected(peer: Peer): void;
  disconnected(peer: Peer, reason: string): void;
}

export interface NetworkPort {
  /** Listens and dials; resolves when listening. Dialling goes on by itself, with bounded back-off. */
  start(events: NetworkEvents): Promise<void>;
  /** Sends to every connected peer. Never blocks: a peer whose queue is full loses its oldest frame first. */
  broadcast(frame: Uint8Array): void;
  /** Sends to one peer; returns false when it is not connected. */
  send(peer: PeerId, frame: Uint8Array): boolean;
  peers(): readonly Peer[];
  /** Judges a peer for something it sent: `reject` costs it score, and at the limit its connection for a while. */
  report(peer: PeerId, action: ErrorAction, code: string): void;
  /** Drops the connections of peers that are no longer admitted (call after the registry changed). */
  recheckAdmission(): void;
  stop(): Promise<void>;
}

export type Admission =
  | { readonly admitted: true; readonly index: ValidatorIndex | undefined }
  | { readonly admitted: false; readonly reason: "unknown" | "revoked" };

/** Decides at each handshake, and again at each recheck, who may stay connected. */
export type AdmissionPolicy = (fingerprint: PeerId) => Admission;
