/**
 * Corrupt validators: each wraps the real engine and perverts what leaves it.
 *
 * Owns: the behaviours. Does not own: honest nodes, checkers. Called by: world.ts, sim-node.ts.
 * Equivocators act together (Conspiracy): they show two halves of the network two blocks and vote for both, which is
 * the strongest attack on safety with this many keys.
 */
import { isReproposal } from "../../node/consensus/reproposal.ts";
import type { Ballot, Proposal, Vote } from "../../node/types/messages.ts";
import {
  asEpoch,
  asHeight,
  type Epoch,
  type Hash,
  type ValidatorIndex,
  type View,
} from "../../node/types/primitives.ts";
import { fakeSign, shiftSignature } from "./fake-crypto.ts";
import { decodeBlock, digestOf, encodeBlock } from "./fake-execution.ts";
import type { Random } from "./random.ts";
import type { SimMessage } from "./transport.ts";

export const BEHAVIOURS = ["silent", "withholder", "equivocator", "liar"] as const;
/** What there is to attack where epochs end. */
export const EPOCH_BEHAVIOURS = [...BEHAVIOURS, "overbuilder", "repeater", "diehard"] as const;
export type Behaviour = (typeof EPOCH_BEHAVIOURS)[number];

export interface Strategy {
  /** What really goes to this node in place of the message. */
  outgoing(message: SimMessage, to: ValidatorIndex): readonly SimMessage[];
}

interface StrategyContext {
  readonly node: ValidatorIndex;
  /** Its place in the set of an epoch, when it has one. */
  seatOf(node: ValidatorIndex, epoch: Epoch): ValidatorIndex | undefined;
  readonly conspiracy: Conspiracy;
  readonly random: Random;
}

/** What equivocators share: the two blocks of a view, and who is shown which. */
export class Conspiracy {
  readonly #salt: number;
  readonly #blocks = new Map<string, readonly [Proposal, Proposal]>();

  constructor(salt: number) {
    this.#salt = salt;
  }
  /** Which half a node belongs to in a view. */
  half(view: View, node: ValidatorIndex): 0 | 1 {
    const mixed = Math.imul(Math.imul(this.#salt ^ view, 0x9e3779b1) ^ node, 0x85ebca6b);
    return ((mixed ^ (mixed >>> 13)) & 1) as 0 | 1;
  }
  /** The leader's block and its double, made when first asked. */
  double(proposal: Proposal): readonly [Proposal, Proposal] {
    const key = `${proposal.epoch}/${proposal.view}`;
    const known = this.#blocks.get(key);
    if (known) return known;
    const pair = [proposal, twinOf(proposal)] as const;
    this.#blocks.set(key, pair);
    return pair;
  }
  shownTo(epoch: Epoch, view: View, node: ValidatorIndex): Hash | undefined {
    return this.#blocks.get(`${epoch}/${view}`)?.[this.half(view, node)].digest;
  }
}

/** Another block in the same place; beside a block proposed again, a child of it. */
function twinOf(proposal: Proposal): Proposal {
  const block = decodeBlock(proposal.payload);
  return block ? withBlock(proposal, { ...block, salt: (block.salt + 1) >>> 0 }) : childOf(proposal, 1);
}

function withBlock(proposal: Proposal, block: Parameters<typeof encodeBlock>[0]): Proposal {
  const payload = encodeBlock(block);
  const digest = digestOf(payload);
  const vote = fakeSign({ ...proposal.vote, digest }, proposal.vote.signer);
  return { ...proposal, height: block.height, payload, digest, vote };
}

/** Builds on the block that a proposal proposes again. */
function childOf(again: Proposal, salt: number): Proposal {
  const { epoch, view, parentView, digest: parentDigest } = again;
  const height = asHeight(again.height + 1);
  return withBlock(again, { valid: true, height, epoch, view, parentView, parentDigest, salt });
}

/** Proposes the parent again in place of the block, though it closes nothing. */
function repetitionOf(proposal: Proposal): Proposal {
  const { parentDigest: digest, vote } = proposal;
  const height = asHeight(proposal.height - 1);
  return { ...proposal, height, digest, payload: new Uint8Array(), vote: fakeSign({ ...vote, digest }, vote.signer) };
}

const silent: Strategy = { outgoing: () => [] };

/** Leaves out half of the nodes, another half each time. */
const withholder = ({ random }: StrategyContext): Strategy => ({
  outgoing: (message) => (random.chance(0.5) ? [message] : []),
});

/** Two blocks when it leads; votes for both of a fellow's blocks; finalizes and nullifies at once. */
function equivocator({ node, seatOf, conspiracy, random }: StrategyContext): Strategy {
  return {
    outgoing(message, to) {
      if (message.type === "proposal" && message.proposal.vote.signer === seatOf(node, message.proposal.epoch)) {
        const { view, epoch, vote } = message.proposal;
        const shown = conspiracy.double(message.proposal)[conspiracy.half(view, to)];
        return [{ type: "proposal", proposal: shown }, ...votesFor({ view, epoch, digest: shown.digest }, vote.signer)];
      }
      if (message.type !== "vote") return [message];
      const { vote } = message;
      const shown = conspiracy.shownTo(vote.epoch, vote.view, to);
      if (shown) return votesFor({ ...vote, digest: shown }, vote.signer);
      if (vote.kind === "nullify" || !random.chance(0.1)) return [message];
      return [message, ...votesFor(vote, vote.signer), sign(nullifyOf(vote), vote.signer)];
    },
  };
}

const sign = (ballot: Ballot, seat: ValidatorIndex): SimMessage => ({ type: "vote", vote: fakeSign(ballot, seat) });

const votesFor = ({ epoch, view, digest }: Omit<Ballot, "kind">, seat: ValidatorIndex): SimMessage[] => [
  sign({ kind: "notarize", epoch, view, digest }, seat),
  sign({ kind: "finalize", epoch, view, digest }, seat),
];

/** Changes the proposals it leads with; votes for what it shows. */
const proposer = ({ node, seatOf }: StrategyContext, change: (proposal: Proposal) => Proposal): Strategy => ({
  outgoing(message) {
    if (message.type !== "proposal" || message.proposal.vote.signer !== seatOf(node, message.proposal.epoch)) {
      return [message];
    }
    const proposal = change(message.proposal);
    return [{ type: "proposal", proposal }, ...votesFor(proposal, proposal.vote.signer)];
  },
});

/** Builds on the block that closes the epoch, where it should propose that again. */
const overbuilder = (context: StrategyContext): Strategy =>
  proposer(context, (proposal) => (isReproposal(proposal) ? childOf(proposal, 2) : proposal));

/** Proposes blocks again that close nothing. */
const repeater = (context: StrategyContext): Strategy =>
  proposer(context, (proposal) =>
    !isReproposal(proposal) && proposal.parentCertificate ? repetitionOf(proposal) : proposal,
  );

/** Goes on in the epoch that is over: builds on its last block, votes there, and in the next epoch as well. */
function diehard({ node, seatOf }: StrategyContext): Strategy {
  const last = new Map<Epoch, Proposal>();
  return {
    outgoing(message) {
      if (message.type === "proposal" && isReproposal(message.proposal))
        last.set(message.proposal.epoch, message.proposal);
      if (message.type !== "vote" || message.vote.epoch === 0) return [message];
      const { view } = message.vote;
      const epoch = asEpoch(message.vote.epoch - 1);
      const [seat, again] = [seatOf(node, epoch), last.get(epoch)];
      if (seat === undefined) return [message];
      const votes = votesFor({ epoch, view, digest: message.vote.digest }, seat);
      if (!again || seat !== again.vote.signer) return [message, ...votes];
      const child = childOf(again, 3);
      return [message, ...votes, { type: "proposal", proposal: child }, ...votesFor(child, seat)];
    },
  };
}

const nullifyOf = ({ epoch, view }: Vote): Ballot => ({
  kind: "nullify",
  epoch,
  view,
  digest: `0x${"00".repeat(32)}` as Hash,
});

/** Wrong signatures (also pairs that cancel in a sum), certificates and blocks with changed bytes, others' names. */
function liar({ node, seatOf, random }: StrategyContext): Strategy {
  return {
    outgoing(message, to) {
      if (!random.chance(0.3)) return [message];
      switch (message.type) {
        case "vote": {
          const offset = node % 2 === 0 ? 5 : -5;
          const inOthersName = { ...message.vote, signer: seatOf(to, message.vote.epoch) ?? to };
          return [
            { type: "vote", vote: shiftSignature(message.vote, offset) },
            { type: "vote", vote: inOthersName },
          ];
        }
        case "proposal": {
          const payload = Uint8Array.from(message.proposal.payload);
          payload.fill(0, 0, 1);
          return [{ type: "proposal", proposal: { ...message.proposal, payload } }, message];
        }
        case "certificate": {
          const signers = message.certificate.signers.map((byte) => byte ^ 1);
          return [{ type: "certificate", certificate: { ...message.certificate, signers } }];
        }
        default:
          return [];
      }
    },
  };
}

export function strategyFor(behaviour: Behaviour, context: StrategyContext): Strategy {
  switch (behaviour) {
    case "silent":
      return silent;
    case "withholder":
      return withholder(context);
    case "equivocator":
      return equivocator(context);
    case "liar":
      return liar(context);
    case "overbuilder":
      return overbuilder(context);
    case "repeater":
      return repeater(context);
    case "diehard":
      return diehard(context);
  }
}
