/**
 * What goes into the consensus engine and what comes out: the whole interface between the pure core and the shell.
 *
 * Owns: EngineEvent, Effect, VoteCrypto, EngineOptions. Does not own: the rules (engine.ts), carrying effects out
 * (node/app/consensus-driver.ts; test/simulation does the same under virtual time).
 * Called by: engine, app, simulation. Protocol: docs/protocol/consensus.md; whitepaper §2.4.2.
 */
import type { CunError } from "../types/errors.ts";
import type { Ballot, Certificate, Message, Proposal, Vote } from "../types/messages.ts";
import type { Epoch, Hash, Height, ValidatorIndex, View, Weight } from "../types/primitives.ts";

/** A block known to be final, from which the engine of its epoch, or of the epoch that it starts, goes on. */
export interface FinalizedHead {
  readonly epoch: Epoch;
  readonly view: View;
  readonly height: Height;
  readonly digest: Hash;
  /**
   * Its finalization: justifies the next proposal. Undefined where an epoch starts, and for a block that is final through a
   * descendant which a crash kept from being stored; the engine then learns a certificate from its log or its peers.
   */
  readonly certificate: Certificate | undefined;
  /**
   * True for genesis and for the block that closed the epoch before: the first proposal of this epoch stands on it
   * and needs no certificate of it. Its view is the one in the block's header, the same on every node, in whichever
   * view of the former epoch it became final.
   */
  readonly startsEpoch: boolean;
}

/** Signatures over ballots by the validators of one epoch. Synchronous and deterministic. */
export interface VoteCrypto {
  verify(vote: Vote): boolean;
  /** Joins signatures of different validators over one ballot. Undefined when one of them is no point at all. */
  aggregate(signatures: readonly Uint8Array[]): Uint8Array | undefined;
  verifyAggregate(ballot: Ballot, signers: readonly ValidatorIndex[], signature: Uint8Array): boolean;
}

export interface EngineOptions {
  readonly epoch: Epoch;
  /** Weight by validator index. */
  readonly weights: readonly Weight[];
  /** Undefined for a node that only follows. */
  readonly self: ValidatorIndex | undefined;
  readonly crypto: VoteCrypto;
  /** Who proposes in a view. */
  readonly leaderOf: (view: View) => ValidatorIndex;
  /** A view without a notarization for this long is nullified. */
  readonly viewTimeoutMs: number;
  /** What was sent is sent again at this interval while a view does not end. */
  readonly retransmitMs: number;
  /** A leader that has not been heard in this many views is not waited for. 0 switches it off. */
  readonly skipAfterSilentViews: number;
}

/** `view` ends a view that brings no block; `retransmit` repeats what is still needed. */
export type TimerKind = "view" | "retransmit";

/**
 * Which validator's connection brought a message: it answers for what it passes on, whoever is named inside.
 * Without it, faults are laid at the door of the signer named in the message, and certificates at nobody's.
 */
interface Delivered {
  readonly from?: ValidatorIndex | undefined;
}

export type EngineEvent =
  /** First event after construction and restore. */
  | { readonly type: "start" }
  | ({ readonly type: "proposal"; readonly proposal: Proposal } & Delivered)
  /** From the network; its signature has not been checked. */
  | ({ readonly type: "vote"; readonly vote: Vote } & Delivered)
  /** Answer to a `sign` effect. */
  | { readonly type: "signed"; readonly vote: Vote }
  | ({ readonly type: "certificate"; readonly certificate: Certificate } & Delivered)
  /** Answer to a `build` effect. */
  | {
      readonly type: "built";
      readonly view: View;
      readonly digest: Hash;
      readonly height: Height;
      readonly payload: Uint8Array;
      /** Its execution ends the epoch: nothing of this epoch stands on it. */
      readonly closesEpoch: boolean;
    }
  /** Answer to a `verify` effect. Valid: the block executes, and hash, height, epoch and views are the proposal's. */
  | {
      readonly type: "verified";
      readonly view: View;
      readonly digest: Hash;
      readonly valid: boolean;
      /** As in `built`; false for an invalid block. */
      readonly closesEpoch: boolean;
    }
  | { readonly type: "timeout"; readonly view: View; readonly timer: TimerKind }
  /** Answer to a `sync` effect: the shell has caught up to this finalised block. */
  | { readonly type: "synced"; readonly head: FinalizedHead };

export type Effect =
  /** Durable before any later effect of the same step is carried out. */
  | { readonly type: "persist"; readonly message: Message }
  /** Ask the signing guard, sign, and answer with `signed`. */
  | { readonly type: "sign"; readonly ballot: Ballot }
  | { readonly type: "broadcast"; readonly message: Message }
  | { readonly type: "send"; readonly to: ValidatorIndex; readonly message: Message }
  /** Build a block on this parent; may wait for transactions up to the block interval. Answer with `built`. */
  | { readonly type: "build"; readonly view: View; readonly parentView: View; readonly parentDigest: Hash }
  /** Execute the proposal's payload; its parent was verified before. Answer with `verified`. */
  | { readonly type: "verify"; readonly proposal: Proposal }
  /** These blocks are final, oldest first, each the child of the one before. The certificate covers the last. */
  | { readonly type: "finalize"; readonly proposals: readonly Proposal[]; readonly certificate: Certificate }
  /** A finalization of a block that is already final through a descendant, or whose certificate came late. */
  | { readonly type: "certified"; readonly certificate: Certificate }
  /**
   * The block that closes this epoch is final (the `finalize` effect came before). This engine does nothing more but
   * answer requests; the next epoch has an engine of its own, which starts from `startOfNextEpoch(head)`.
   */
  | { readonly type: "epochEnded"; readonly head: FinalizedHead }
  | { readonly type: "setTimer"; readonly view: View; readonly timer: TimerKind; readonly delayMs: number }
  /** A certified proposal is missing here: ask these validators for it. */
  | { readonly type: "fetch"; readonly view: View; readonly digest: Hash; readonly holders: readonly ValidatorIndex[] }
  /** A block is final that this node cannot reach: catch up to it. Answer with `synced`. Repeated until then. */
  | { readonly type: "sync"; readonly certificate: Certificate }
  | { readonly type: "viewEntered"; readonly view: View; readonly leader: ValidatorIndex }
  /** Somebody sent what the rules refuse. */
  | { readonly type: "report"; readonly validator: ValidatorIndex; readonly error: CunError }
  /** Two contradicting votes of one validator: proof of a safety fault. */
  | { readonly type: "evidence"; readonly first: Vote; readonly second: Vote };
