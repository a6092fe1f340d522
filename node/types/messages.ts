/**
 * What validators say to each other.
 *
 * Owns: the shapes of proposals, votes, certificates and the requests that fill gaps.
 * Does not own: their bytes (codec.ts) nor their meaning (node/consensus).
 * Called by: consensus, storage, network's users, rpc. Whitepaper §2.4.2 (pre-prepare, prepare, commit).
 */
import type { Epoch, Hash, Height, ValidatorIndex, View } from "./primitives.ts";

/**
 * notarize = PBFT's prepare, finalize = commit, nullify = view change.
 * A leader's proposal carries the leader's own notarize vote, so that a fault-free flat view costs exactly
 * (N−1) proposals + (N−1)² notarize + N(N−1) finalize = 2N(N−1) messages (whitepaper formula 1).
 */
export type VoteKind = "notarize" | "finalize" | "nullify";

/** What a vote or certificate is about. `digest` is the block hash; ZERO_HASH for nullify. */
export interface Ballot {
  readonly kind: VoteKind;
  readonly epoch: Epoch;
  readonly view: View;
  readonly digest: Hash;
}

/** One validator's signature over the sign root of a ballot (crypto/sign-root.ts). */
export interface Vote extends Ballot {
  readonly signer: ValidatorIndex;
  /** BLS12-381 G2 point, compressed, 96 bytes. */
  readonly signature: Uint8Array;
}

/** An aggregate signature by validators whose weight is strictly above 2/3 of the epoch's total. */
export interface Certificate extends Ballot {
  /** Bit i (least significant bit of byte 0 first) is validator i; length is exactly ⌈N/8⌉; no bits beyond N. */
  readonly signers: Uint8Array;
  /** BLS12-381 G2 point, compressed, 96 bytes. */
  readonly signature: Uint8Array;
}

/**
 * A block offered for a view by its leader. When it closes its epoch and is not final, later leaders offer the same
 * block: such a re-proposal names its own digest as its parent, the view where it was notarised last, and no payload.
 */
export interface Proposal {
  readonly epoch: Epoch;
  readonly view: View;
  readonly height: Height;
  /** Block hash: covers the payload, which itself covers epoch, view and parentView. */
  readonly digest: Hash;
  readonly parentView: View;
  readonly parentDigest: Hash;
  /** The block as the execution engine encodes it (RLP of an Ethereum block). Empty in a re-proposal. */
  readonly payload: Uint8Array;
  /** Notarization or finalization of the parent; undefined when the epoch starts with the parent (genesis too). */
  readonly parentCertificate: Certificate | undefined;
  /** One nullification for every view between parentView and view, ascending. */
  readonly nullifications: readonly Certificate[];
  /** The leader's notarize vote for the digest: it signs the proposal. */
  readonly vote: Vote;
}

/** "Which blocks and certificates do you have from here on?" Answered with SyncResponse. */
export interface SyncRequest {
  /** First height wanted. */
  readonly fromHeight: Height;
}

/** Finalised blocks in a row. Every block but the last may lack a certificate of its own: its child covers it. */
export interface SyncResponse {
  readonly blocks: readonly { readonly payload: Uint8Array; readonly finalization: Certificate | undefined }[];
  /** The responder's finalised height: tells the asker how far there is to go. */
  readonly finalizedHeight: Height;
}

/** Asks for a proposal by digest: a certified block whose payload the asker never received. */
export interface ProposalRequest {
  readonly view: View;
  readonly digest: Hash;
}

export type Message =
  | { readonly type: "proposal"; readonly proposal: Proposal }
  | { readonly type: "vote"; readonly vote: Vote }
  | { readonly type: "certificate"; readonly certificate: Certificate }
  | { readonly type: "proposalRequest"; readonly request: ProposalRequest }
  | { readonly type: "syncRequest"; readonly request: SyncRequest }
  | { readonly type: "syncResponse"; readonly response: SyncResponse }
  | { readonly type: "transactions"; readonly transactions: readonly Uint8Array[] };
