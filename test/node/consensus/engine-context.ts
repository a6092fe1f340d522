/**
 * One engine, its three simulated fellows, and a shell that answers at once: inject a message, look at what leaves.
 *
 * Owns: making votes, certificates and proposals by any validator, and running an engine. Called by: engine tests.
 */
import { encodeBitmap } from "../../../node/consensus/bitmap.ts";
import { ConsensusEngine } from "../../../node/consensus/engine.ts";
import type { Effect, EngineEvent, EngineOptions, FinalizedHead } from "../../../node/consensus/events.ts";
import { roundRobin } from "../../../node/consensus/leader.ts";
import type { CunError, ErrorName } from "../../../node/types/errors.ts";
import type { Ballot, Certificate, Message, Proposal, Vote, VoteKind } from "../../../node/types/messages.ts";
import { asEpoch, asHeight, asIndex, asView, asWeight, type Hash, ZERO_HASH } from "../../../node/types/primitives.ts";
import { fakeCrypto, fakeSign } from "../../simulation/fake-crypto.ts";
import { closesEpoch, digestOf, encodeBlock, GENESIS, isExecutable } from "../../simulation/fake-execution.ts";

export const QUORUM = [0, 1, 2];

type EffectOf<Type extends Effect["type"]> = Extract<Effect, { type: Type }>;

export interface ContextOptions extends Partial<Omit<EngineOptions, "self">> {
  /** Given as undefined: a node outside the set. */
  readonly self?: number | undefined;
  readonly head?: FinalizedHead;
  readonly messages?: readonly Message[];
  readonly ballots?: readonly Ballot[];
  /** Without it the first event is left to the test. */
  readonly started?: boolean;
}

export const ballot = (kind: VoteKind, view: number, digest: Hash = ZERO_HASH, epoch = 0): Ballot => ({
  kind,
  epoch: asEpoch(epoch),
  view: asView(view),
  digest,
});

export const vote = (kind: VoteKind, view: number, signer: number, digest: Hash = ZERO_HASH): Vote =>
  fakeSign(ballot(kind, view, digest), asIndex(signer));

export function certificate(
  kind: VoteKind,
  view: number,
  digest: Hash = ZERO_HASH,
  signers: readonly number[] = QUORUM,
  count = 4,
): Certificate {
  const indices = signers.map(asIndex);
  const signatures = indices.map((index) => fakeSign(ballot(kind, view, digest), index).signature);
  const signature = fakeCrypto.aggregate(signatures)!;
  return { ...ballot(kind, view, digest), signers: encodeBitmap(indices, count), signature };
}

export interface BlockPlan {
  readonly view: number;
  readonly parent?: Proposal;
  /** Changes the block, not its place. */
  readonly salt?: number;
  readonly valid?: boolean;
  readonly signer?: number;
  /** Executing it ends the epoch. */
  readonly closes?: boolean;
}

/** A justified proposal of the view's leader (round robin among four) on the parent, or on genesis. */
export function proposal(plan: BlockPlan): Proposal {
  const { view, parent, salt = 0, valid = true, closes = false, signer = (view - 1) % 4 } = plan;
  const parentView = parent?.view ?? GENESIS.view;
  const parentDigest = parent?.digest ?? GENESIS.digest;
  const height = asHeight((parent?.height ?? 0) + 1);
  const payload = encodeBlock({ valid, closes, height, view: asView(view), parentView, parentDigest, salt });
  const digest = digestOf(payload);
  const skipped = Array.from({ length: view - parentView - 1 }, (_, position) => parentView + 1 + position);
  return {
    epoch: asEpoch(0),
    view: asView(view),
    height,
    digest,
    parentView,
    parentDigest,
    payload,
    parentCertificate: parent && certificate("notarize", parent.view, parent.digest),
    nullifications: skipped.map((skippedView) => certificate("nullify", skippedView)),
    vote: vote("notarize", view, signer, digest),
  };
}

/** The block again, by the leader of a later view, after it was notarised in its own view or in a given one. */
export function reproposal(block: Proposal, view: number, parentView = Number(block.view)): Proposal {
  const skipped = Array.from({ length: view - parentView - 1 }, (_, position) => parentView + 1 + position);
  return {
    ...block,
    view: asView(view),
    parentView: asView(parentView),
    parentDigest: block.digest,
    payload: new Uint8Array(),
    parentCertificate: certificate("notarize", parentView, block.digest),
    nullifications: skipped.map((skippedView) => certificate("nullify", skippedView)),
    vote: vote("notarize", view, (view - 1) % 4, block.digest),
  };
}

export class EngineContext {
  readonly engine: ConsensusEngine;
  readonly self: number | undefined;

  /** By default validator 3 of four, whose own turn to lead is view 4. */
  constructor({ head = GENESIS, messages = [], ballots = [], started = true, ...options }: ContextOptions = {}) {
    this.self = "self" in options ? options.self : 3;
    this.engine = new ConsensusEngine(
      {
        epoch: asEpoch(0),
        weights: Array.from({ length: 4 }, () => asWeight(1n)),
        crypto: fakeCrypto,
        leaderOf: roundRobin(4),
        viewTimeoutMs: 1000,
        retransmitMs: 300,
        skipAfterSilentViews: 0,
        ...options,
        self: this.self === undefined ? undefined : asIndex(this.self),
      },
      head,
    );
    this.engine.restore({ messages, ballots });
    if (started) this.run({ type: "start" });
  }

  get view(): number {
    return this.engine.status().view;
  }

  /** Steps, and answers sign and verify effects until nothing follows. Returns all effects in order. */
  run(...events: EngineEvent[]): Effect[] {
    const all: Effect[] = [];
    const queue = [...events];
    for (let event = queue.shift(); event; event = queue.shift()) {
      for (const effect of this.engine.step(event)) {
        all.push(effect);
        if (effect.type === "sign") {
          queue.push({ type: "signed", vote: fakeSign(effect.ballot, asIndex(this.self!)) });
        }
        if (effect.type === "verify") {
          const { view, digest, payload } = effect.proposal;
          const valid = isExecutable(effect.proposal);
          queue.push({ type: "verified", view, digest, valid, closesEpoch: valid && closesEpoch(payload) });
        }
      }
    }
    return all;
  }

  propose(offered: Proposal, from?: number): Effect[] {
    return this.run({ type: "proposal", proposal: offered, from: from === undefined ? undefined : asIndex(from) });
  }
  vote(cast: Vote, from?: number): Effect[] {
    return this.run({ type: "vote", vote: cast, from: from === undefined ? undefined : asIndex(from) });
  }
  votes(kind: VoteKind, view: number, signers: readonly number[], digest: Hash = ZERO_HASH): Effect[] {
    return signers.flatMap((signer) => this.vote(vote(kind, view, signer, digest)));
  }
  certify(given: Certificate, from?: number): Effect[] {
    return this.run({
      type: "certificate",
      certificate: given,
      from: from === undefined ? undefined : asIndex(from),
    });
  }
  timeout(timer: "view" | "retransmit" = "view"): Effect[] {
    return this.run({ type: "timeout", view: asView(this.view), timer });
  }
  /** A whole view without faults, seen from here: proposal, notarization, finalization. */
  complete(block: Proposal): Effect[] {
    return [
      ...this.propose(block),
      ...this.votes(
        "notarize",
        block.view,
        QUORUM.filter((signer) => signer !== block.vote.signer),
        block.digest,
      ),
      ...this.votes("finalize", block.view, QUORUM, block.digest),
    ];
  }
}

export const of = <Type extends Effect["type"]>(effects: readonly Effect[], type: Type): EffectOf<Type>[] =>
  effects.filter((effect): effect is EffectOf<Type> => effect.type === type);

export const signedKinds = (effects: readonly Effect[]): string[] =>
  of(effects, "sign").map((effect) => `${effect.ballot.kind} ${effect.ballot.view}`);

export const reports = (effects: readonly Effect[]): { validator: number; error: ErrorName }[] =>
  of(effects, "report").map((effect) => ({ validator: effect.validator, error: effect.error.errorName }));

export const errors = (effects: readonly Effect[]): CunError[] => of(effects, "report").map((effect) => effect.error);
