/**
 * Corrupt validators: each wraps the real engine and perverts what leaves it.
 *
 * Owns: the behaviours. Does not own: honest nodes, checkers. Called by: world.ts, sim-node.ts.
 * Equivocators act together (Conspiracy): they show two halves of the network two blocks and vote for both, which is
 * the strongest attack on safety with this many keys.
 */
import type { Ballot, Proposal, Vote } from "../../node/types/messages.ts";
import type { Hash, ValidatorIndex, View } from "../../node/types/primitives.ts";
import { fakeSign, shiftSignature } from "./fake-crypto.ts";
import { decodeBlock, digestOf, encodeBlock } from "./fake-execution.ts";
import type { Random } from "./random.ts";
import type { SimMessage } from "./transport.ts";

export type Behaviour = "silent" | "withholder" | "equivocator" | "liar";
export const BEHAVIOURS: readonly Behaviour[] = ["silent", "withholder", "equivocator", "liar"];

export interface Strategy {
  /** What really goes to this node in place of the message. */
  outgoing(message: SimMessage, to: ValidatorIndex): readonly SimMessage[];
}

interface StrategyContext {
  readonly index: ValidatorIndex;
  readonly conspiracy: Conspiracy;
  readonly random: Random;
}

/** What equivocators share: the two blocks of a view, and who is shown which. */
export class Conspiracy {
  readonly #salt: number;
  readonly #blocks = new Map<View, readonly [Proposal, Proposal]>();

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
    const known = this.#blocks.get(proposal.view);
    if (known) return known;
    const block = decodeBlock(proposal.payload)!;
    const payload = encodeBlock({ ...block, salt: (block.salt + 1) >>> 0 });
    const digest = digestOf(payload);
    const vote = fakeSign({ ...proposal.vote, digest }, proposal.vote.signer);
    const pair = [proposal, { ...proposal, payload, digest, vote }] as const;
    this.#blocks.set(proposal.view, pair);
    return pair;
  }
  shownTo(view: View, node: ValidatorIndex): Hash | undefined {
    return this.#blocks.get(view)?.[this.half(view, node)].digest;
  }
}

const silent: Strategy = { outgoing: () => [] };

/** Leaves out half of the nodes, another half each time. */
const withholder = ({ random }: StrategyContext): Strategy => ({
  outgoing: (message) => (random.chance(0.5) ? [message] : []),
});

/** Two blocks when it leads; votes for both of a fellow's blocks; finalizes and nullifies at once. */
function equivocator({ index, conspiracy, random }: StrategyContext): Strategy {
  const sign = (ballot: Ballot): SimMessage => ({ type: "vote", vote: fakeSign(ballot, index) });
  const votesFor = (view: View, digest: Hash, epoch: Vote["epoch"]): SimMessage[] => [
    sign({ kind: "notarize", epoch, view, digest }),
    sign({ kind: "finalize", epoch, view, digest }),
  ];
  return {
    outgoing(message, to) {
      if (message.type === "proposal" && message.proposal.vote.signer === index) {
        const { view, epoch } = message.proposal;
        const shown = conspiracy.double(message.proposal)[conspiracy.half(view, to)];
        return [{ type: "proposal", proposal: shown }, ...votesFor(view, shown.digest, epoch)];
      }
      if (message.type !== "vote") return [message];
      const { vote } = message;
      const shown = conspiracy.shownTo(vote.view, to);
      if (shown) return votesFor(vote.view, shown, vote.epoch);
      if (vote.kind === "nullify" || !random.chance(0.1)) return [message];
      return [message, ...votesFor(vote.view, vote.digest, vote.epoch), sign(nullifyOf(vote))];
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
function liar({ index, random }: StrategyContext): Strategy {
  return {
    outgoing(message, to) {
      if (!random.chance(0.3)) return [message];
      switch (message.type) {
        case "vote": {
          const offset = index % 2 === 0 ? 5 : -5;
          const inOthersName = { ...message.vote, signer: to };
          return [
            { type: "vote", vote: shiftSignature(message.vote, offset) },
            { type: "vote", vote: inOthersName },
          ];
        }
        case "proposal": {
          const payload = Uint8Array.from(message.proposal.payload);
          payload[0] = 0;
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
  }
}
